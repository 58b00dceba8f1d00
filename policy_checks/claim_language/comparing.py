"""Words that compare, and words for what is compared."""

COMPARING = {
    "wins": """
        outperform~, surpass~, beat, beats, beating, exceed~, outclass~, eclipse~, outshine~, outdo,
        outdoes, outdid, outscore~, outpace~, outrun, outruns, outrank~, outmatch~, overtake~, overtook,
        trump~, crush~, defeat~, dominate~, destroy~, leave behind, win, wins, winning, won, edges out,
        edged out, top, tops, topped, improves on, improve on, improved on, improving on, improves upon,
        improve upon, improved upon, leaves, leave, left behind, obliterate~, demolish~, smash~, thrash~,
        humiliate~, get ahead of, gets ahead of, pull ahead of, pulls ahead of, say goodbye to,
        makes obsolete, leapfrog~, prevail~, put to shame, puts to shame, puts, supersede~, triumph~,
        excel~, bests, bested, outgrow, outgrows, outgrew, outgrown, outstrip, outstrips, outstripped,
        outstripping, outsmart~, outdistance~, outshone, comes out on top of, comes out on top,
        come out on top, came out on top, come out ahead of, comes out ahead of, came out ahead of,
        has the better of, gets the better of, got the better of, wipes the floor with, runs circles around,
        run circles around, sweep~, swept, dethrone~, displace~, upstage~, makes short work of,
        prevails over, walks over, knocks out, blows away, blow away, blew away, is one step ahead of,
        are one step ahead of, pulled ahead of, moves ahead of, moved ahead of, went past, goes past,
        rise above, rises above, came first, comes first, come first, ranks first, ranked first,
        took first place, takes first place, leads the field, steals the show, takes the crown,
        takes the lead, took the lead, takes the lead over, has overtaken, have overtaken, raises the bar,
        raise the bar, raised the bar, stands above, head and shoulders above, a cut above,
        light years ahead of, tower above, towers above, outperformance over, shames
    """,
    "wins_weakly": """
        improve~, increase~, raise~, enhance~, accelerate~, speeds up, sped up, reduce~, lowered, lowers,
        lowering, cut, cuts, shorten~, halve~, double~, slash~, minimise~, maximise~, sharpen~, decrease~,
        boost, boosts, boosted, powers, powered, empower~, amplify, amplified
    """,
    "is_beaten": """
        beaten, outdone, outrun by, overtaken, outperformed by, surpassed by, defeated by, beaten by,
        exceeded by, crushed by, dominated by, outclassed by, eclipsed by, bested by, outpaced by,
        outmatched by, improved upon by, trumped by, overtaken by, topped by, outscored by, replaced by,
        outshone by
    """,
    "loses": """
        lag, lags, lagged, lagging, lag behind, lags behind, lagged behind, fall behind, falls behind,
        fell behind, loses to, lose to, lost to, loses against, trail, trails, trailed, trailing,
        fall short, falls short, fell short, cannot compete, can't compete, can not compete,
        could not compete, fail to match, fails to match, failed to match, no match for, not a match for,
        underperform~, obsolete, cannot keep up, can't keep up, cannot match, can't match, could not match,
        cannot rival, cannot beat, cannot reach, struggle~, is dwarfed by, are dwarfed by, pale, pales,
        paled, stands no chance, stand no chance, no chance against, come second, comes second, behind,
        are left behind, is left behind, outmoded, outdated, unable to match, unable to compete,
        do not come close, does not come close, don't come close, doesn't come close, nowhere near,
        never reach, never reaches, not keep up, chokes, choke, capitulate~, is over, dead, is dead,
        is history, are history, thing of the past, things of the past, had its day, come to an end,
        comes to an end, is finished, stand still, cannot hold a candle to, can't hold a candle to,
        out of date, eats the dust, in the dust, redundant, superfluous, give up, gives up, gave up,
        run out of steam, collapse, collapses, break down, breaks down, too slow, second best, pointless,
        is no competition for, no competition for, are no competition for, no rival for, hit a wall,
        hits a wall, hit their limits, reach their limits, reaches its limits, has no answer to,
        have no answer to, reached its limits, reached their limits, reach its limits, at its limits,
        at their limits, at its wits end, is left standing, are left standing, cannot follow, can't follow,
        get stuck, gets stuck, are stuck, is stuck, runs out of memory, is yesterday, are yesterday,
        come last, comes last, came last, finish behind, finished behind, finishes behind, rank behind,
        ranks behind, ranked behind, place behind, placed behind, is eclipsed by, are eclipsed by,
        is overshadowed by, are overshadowed by, bow to, bows to, bowed to, concede, concedes, yield to,
        yields to, the past, is the past, belongs to the past, belong to the past
    """,
    "better": """
        faster, better, superior, ahead, smarter, cheaper, quicker, stronger, sharper, safer, greener,
        leaner, favourably, favorably, twice as, times as, fold as, more accurate, more accurately,
        more efficient, more efficiently, more precise, more precisely, more powerful, more robust,
        more reliable, more secure, more expressive, more scalable, more effective, more effectively,
        more stable, more quickly, more capable, more economical, more trustworthy, more sensitive,
        more performant, more intelligent, more compact, more competitive, less noisy, less error prone,
        less expensive, less costly, more favourable, more private, better calibrated, higher scoring,
        best performing, more competent, more resilient, more compelling, more successful,
        more successfully, less prone, fairer, lighter, simpler, more useful, more convincing,
        more sample efficient, more data efficient, more energy efficient, more parameter efficient,
        more resource efficient, more cost effective, more cost efficient, more discriminating,
        more consistent, more consistently, more predictive, more faithful, more profitable,
        more generalisable, higher performing, better performing, faster converging, better suited,
        more advanced, more truthful, more insightful, more correct, more closely, less biased,
        less overfitting, less wrong, more sustainable, steeper, many times as, 10 times as, three times as,
        more rapidly, more cheaply, more reliably, more robustly, more securely, preferable, speedier,
        more elegant, one step ahead, steps ahead, way ahead, miles ahead, well ahead, years ahead
    """,
    "worse": """
        slower, worse, inferior, weaker, poorer, less accurate, less accurately, less efficient,
        less precise, less powerful, less robust, less reliable, less secure, less effective,
        less expressive, less stable, less scalable, more expensive, more costly, costlier, dearer,
        more slowly, more error prone, less capable, more noisy, noisier, less competitive, clumsier,
        less well, more wasteful, less reliably, less useful, less predictive, less consistent, less suited,
        more biased, behind in, less sensitive, less trustworthy, less convincing, poorly, more fragile,
        less advanced, less sample efficient
    """,
    "up": """
        higher, more, greater, larger, bigger, longer, broader, richer, deeper, wider
    """,
    "down": """
        lower, fewer, less, smaller, shorter
    """,
    "merit": """
        accuracy, accuracies, auc, f1, precision, recall, score, scores, scored, performance, speed,
        throughput, robustness, quality, sensitivity, specificity, fidelity, calibration, efficiency,
        results, predictions, prediction, predictive, insights, decisions, forecast, forecasts,
        generalisation, generalization, expressivity, security, analytics, diagnosis, detection,
        reliability, metrics, productivity, profit, profits, returns, power, capacity, correlations,
        patterns, expressive power, confidence, stability, expressiveness, separability, sharpe ratio, r2,
        yield, diversity, discrimination, diagnoses, classifications, classification, answers, models,
        solutions, solution, outcomes, optimum, roc, balanced accuracy, learning, convergence, scaling,
        margins, lift, return, approximation ratio, insight, understanding, care, computing, success,
        hit rate, win rate, true positives, test accuracy, predictive power, computational power,
        precision and recall, accuracy and speed, future, intelligence
    """,
    "burden": """
        error, errors, loss, time, times, latency, energy, cost, costs, memory, parameter, parameters,
        examples, samples, steps, seconds, minutes, runtime, mistakes, misclassifications, epochs, weights,
        iterations, resources, electricity, false, data, training data, variance, power consumption, wrong,
        overfitting, effort, carbon, queries, evaluations, compute, false alarms, false positives,
        false negatives, computation time, computing time, training time, inference time, wall time,
        brier score, log loss, logloss, mse, rmse, mae, deviation, bias, computation, gates, labels,
        labelled data, training rows, training examples, carbon footprint, footprint, memory footprint,
        run time, execution time, waiting time, processing time, development time, turnaround, waste,
        hallucinations, rows, route, routes, path, paths, distance, tour, tours, makespan
    """,
    "advantage": """
        advantage, advantages, supremacy, superiority, speedup, speedups, speed up, speed ups, edge,
        primacy, acceleration, headstart, head start, computational advantage, practical advantage,
        exponential advantage, upper hand, dominance, lead
    """,
    "gain": """
        gain, gains, benefit, benefits, improvement, improvements, uplift, utility, reduction, victory
    """,
    "steep": """
        exponential, exponentially, quadratic, superpolynomial, polynomial, massive, dramatic, dramatically,
        huge, orders of magnitude
    """,
    "hard": """
        intractable, impossible, infeasible, unsolvable, unreachable, inaccessible, out of reach,
        too complex, too hard, hard, unattainable, unfeasible, too much, unthinkable, not feasible,
        not possible, hopeless, prohibitive, prohibitively, inconceivable, too difficult, unsimulable,
        uncomputable, insurmountable
    """,
    "reach": """
        beyond, exceed the reach of, past the limits of, transcend~, outside the reach of, go beyond,
        goes beyond, far beyond
    """,
    "cannot": """
        cannot, can't, cant, can not, could not, couldn't, could never, can never, unable, are unable to,
        fail to, fails to, will never, would never, miss, misses, can only dream, overlook, overlooks,
        do not see, don't see, are blind to, will not, won't, couldnt, wont
    """,
    "ages": """
        years, year, centuries, century, millennia, decades, ages, forever, age of the universe, eternity,
        lifetimes, weeks, months, week, hour, hours, day, days, a lifetime, eons, aeons
    """,
    "praise": """
        unlock~, supercharge~, turbocharge~, revolutionise~, revolutionize~, revolutionary, revolution,
        game changing, game changer, gamechanger, breakthrough, breakthroughs, groundbreaking,
        ground breaking, disruptive, disrupt~, unmatched, unrivalled, unrivaled, unparalleled,
        unprecedented, unbeatable, next level, nextlevel, next generation, state of the art results,
        best in class, world class, world's most, world's best, world's fastest, worlds most, worlds best,
        cutting edge, unbreakable, unhackable, uncrackable, most accurate, most powerful, fastest,
        blazing fast, lightning fast, ultra fast, ultrafast, at lightning speed, redefine~, reinvent~,
        skyrocket~, superhuman, harness~, limitless, unleash~, miracle, extraordinary, phenomenal, stunning,
        spectacular, mind blowing, incredible, second to none, unequalled, peerless, sets a new standard,
        sets new standards, new era, new heights, record breaking, outstanding, radically, paradigm shift,
        best results ever, best ever, like never before, than ever, than ever before, best results to date,
        unimaginable, mind boggling, new level, whole new level, another level, previously impossible,
        never before possible, once impossible, best in the world, ever built, ever made, ever trained,
        ahead of its time, holy grail, miracles, dream come true, secret weapon, superpower, superpowers,
        superior performance, like magic, new dimension, unstoppable, invincible, impenetrable, hack proof,
        tamper proof, unprecedentedly, astonishing, amazing, remarkable, remarkably, impressive,
        impressively, sensational, dazzling, transformative, trailblazing, visionary, bleeding edge,
        future proof, future of ai, future of medicine, world leading, industry leading, market leading,
        top performing, top notch, hyper accurate, ultra accurate, ultra precise, ultra efficient,
        superfast, super fast, super accurate, hyperfast, warp speed, flawless, gold standard,
        first of its kind, never seen before, changes everything, change everything, rewrite the rules,
        push the boundaries, pushes the boundaries, pushing the boundaries, breaks the limits,
        breaks all records, breaks records, break records, smash records, world record, new frontier,
        new frontiers, open doors, opens doors, opens the door, a new era, propel~, elevate~, ignite~,
        boosts your, maximise your, maximum accuracy, true power, full power, full potential, made possible,
        long live, the power of, hidden patterns, patterns hidden, solves the unsolvable, the unsolvable,
        makes the impossible possible, the impossible, sets new records, set new records, new possibilities,
        without precedent, unheard of, light years, off the charts, like no other, one of a kind,
        at the speed of light, in the blink of an eye, leading edge technology, most advanced, most precise,
        most reliable, most efficient, most secure, unmatched by, era defining, superior intelligence,
        true intelligence
    """,
    "leap": """
        quantum leap, quantum leaps, quantum jump
    """,
    "foreign": """
        quantenvorteil, quantenvorteile, quantenvorteils, quantenuberlegenheit, quantensuprematie,
        quantenbeschleunigung, quantenueberlegenheit, avantage quantique, avantages quantiques,
        suprematie quantique, superiorite quantique, acceleration quantique, ventaja cuantica,
        ventajas cuanticas, supremacia cuantica, superioridad cuantica, aceleracion cuantica
    """,
}
