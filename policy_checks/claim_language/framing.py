"""Words that say how a comparison is meant: denied, asked, tested, reported, conditional; and words that only look like one."""

FRAMING = {
    "no": """
        no, not, never, neither, nor, without any, without a, none, nobody, nothing, hardly, barely,
        scarcely, fail, fails, failed, failing, lack, lacks, lacked, lacking, absence, far from,
        rather than, instead of, contradict, contradicts, contradicted, doubtful, doubt, doubts, wrong to,
        little evidence, few signs, too small to, too weak to, refute, refutes, refuted, disprove,
        disproves, disproved, reject, rejects, rejected, deny, denies, denied, unlikely, kein, keine,
        keinen, keinerlei, nicht, ohne, pas, aucun, aucune, sans, sin, ningun, ninguna, ni, false that,
        untrue, rule out, rules out, ruled out, stop short of, premature, unfounded, misleading, dont,
        doesnt, didnt, isnt, wasnt, arent, insufficient, avoid, avoids, free of, loses its, lost its,
        at odds with, too early to, too soon to, rarely, seldom, dispel, dispels, refrain, refrains,
        refuse to, refuses to, without evidence, have yet to, has yet to, had yet to, yet to,
        rather than any, free from, devoid of, no longer, refuses, fall short of showing,
        falls short of showing, in no way, by no means, under no circumstances, cast doubt, casts doubt,
        argue against, argues against, argued against, speak against, speaks against, spoke against, no one,
        inconclusive, zero evidence, anything but, failure, inability, short of, without showing,
        without evidence of
    """,
    "gone": """
        vanish~, disappear~, evaporate~, not be confirmed, not confirmed, is not, was not, are not,
        were not, has not, have not, did not, does not, do not, isn't, wasn't, hasn't, didn't, doesn't,
        was lost, is lost, absent, elusive, missing, debated, contested, unproven, unconfirmed,
        questionable, open, an illusion, overstated, exaggerated, is zero, negligible, unsupported, nowhere,
        washed out, not been, far off, hype, controversial, was retracted, retracted, outside the scope,
        out of scope, beyond the scope, not part, not the topic, not in scope, off the table, not yet,
        would require, has yet to be, have yet to be, yet to be, beyond this report, not expected,
        not needed, melts away, melted away, dissolves, dissolved, went away, goes away, collapses under,
        was an artefact, is an artefact, an artefact, artefact of, artifact, artifacts, not significant,
        insignificant, within the interval, not tested, not examined, not shown, not found, not seen
    """,
    "ask": """
        whether, unclear, unknown, open question, open problem, an open issue, question is, ask if, asks if,
        asked if, know if, see if, checks if, check if, tests if, test if, wonder if, wonder, uncertain,
        undecided, how much, remains to be seen, unsure, ob, not known, unresolved
    """,
    "test": """
        hypothesis, hypothesise, hypothesize, aim, aims, aimed, aiming, goal, goals, plan to, plans to,
        planned to, plan is, plans, seek, seeks, sought, look for, looks for, looking for, looked for,
        search for, searches for, searched for, searching for, we search, investigate, investigates,
        investigated, investigating, we explore, to explore, explores whether, examine, examines, examined,
        examining, evaluate, evaluates, evaluated, will study, to study, we study, studied, attempt,
        attempts, attempted, try to, tries to, tried to, trying to, objective, objectives, possibility of,
        possibility that, future work, to measure, to verify, to check, to test, to find out, to determine,
        to learn, to compare, verify or refute, assume, assuming, suppose, supposing, want to know, hope to,
        hopes to, hoped to, hoping to, want to, would like to, intend to, intends to, purpose is,
        purpose of, wish to, pursue, pursues, pursuing, towards, toward, in search of, in pursuit of,
        quest for, search, hunting for, hunt for, looks at, before we, criterion, criteria, probe for,
        probes for, target is, target of, road to, roadmap, path to, benchmarking, testing, test of,
        tests of, test for, tests for, ambition, required to, needed to, necessary to, threshold,
        if and when, candidate, candidates, what if, eventual, designed to, set up to, meant to,
        intended to, hunting, puzzle, research question, dream of, dreams of, vision of, on the way to,
        en route to, waiting for, wait for, scenario, scenarios, prerequisite, prerequisites,
        conditions for, condition for, test bed, testbed, metric for, measure of, measures of, test whether,
        checklist, milestones, claims to be tested, potential route to, study of, studies of,
        investigation of, investigation into, exploration of, assessment of, assess, assesses, assessed,
        assessing, quantify any, quantifies any, quantify whether, imagine that, to detect, benchmark for,
        benchmarks for, benchmark whether
    """,
    "report": """
        claim, claims, claiming, report, reports, reported, reporting, announce~, argue, argues, argued,
        say, says, said, write, writes, wrote, written, state, states, stated, assert, asserts, asserted,
        maintain, maintains, believe, believes, believed, demonstrate, demonstrates, demonstrated, show,
        shows, showed, shown, publish, publishes, published, advertise~, boast~, tout~, promise, promises,
        promised, suggest, suggests, suggested, declare, declares, declared, achieve, achieves, achieved,
        describe, describes, described, reach, reached, predict, predicted, contend, contends, found, find,
        finds, saw, quote, quotes, quoted, obtain, obtained, discuss, discusses, discussed, propose,
        proposed, prove, proved, attribute, attributes, observed, speculate, speculated, talk of, allege,
        alleges
    """,
    "source": """
        some researchers, many researchers, some experts, some scientists, google, ibm, ibm's, vendor, vendors, authors, author, paper, papers, article, articles, newspaper,
        newspapers, press release, brochure, critics, sceptics, skeptics, et al, prior work, previous work,
        earlier work, related work, the literature, some papers, some vendors, some people, journalists,
        media, headlines, headline, blog, marketing, advertisement, advertisements, startup, startups,
        preskill, arute, others, other groups, another group, other teams, supplier, manufacturer,
        reference, preprint, preprints, proponents, commentators, colleagues at, researchers at,
        scientists at, xanadu, ustc, quantinuum, ionq, rigetti, microsoft, amazon, d wave, a study,
        one study, an earlier study, a recent study, textbook, textbooks, rumour, rumours, theorists, press,
        team at, group at, pioneers, lecture, lectures, speaker, website, white paper, whitepaper
    """,
    "talk": """
        according to, the term, terms such as, term, phrase, phrases, word, words, wording, wordings,
        definition, definitions, is defined, are defined, defines, defined as, means that, means,
        meaning of, claim of, claims of, claim that, claims that, claims about, claims such as, claim about,
        claimed, the sentence, sentences, sentence, policy, linter, approved record, claim record, a record,
        records of, must be approved, needs approval, need approval, must not, may not be, myth, survey,
        overview, tutorial on, lecture on, literature on, forbids, forbidden, prohibited, unauthorised,
        unauthorized, refers to, refer to, glossary, notion of, concept of, concept, history of, reviewers,
        debate, debates, controversy, discussion of, introduction to, talk about, question of, allegation,
        allegations, allegedly, purported, purportedly, alleged, supposed, supposedly, so called, rumoured,
        hype about, chapter on, chapter, section on, would imply, would mean, would have to, statements of,
        statements about, statement that, statement of, assertion, assertions, dispute, disputes, disputed,
        mention of, mentions of, every mention, coined, headline about, use of the, vocabulary,
        no claim about, wording of, the label, the expression, expressions, marketing speak, buzzword,
        buzzwords, jargon, the slogan, slogan, slogans, talks of, speak of, the idea that, idea of,
        the belief that, the notion that, the narrative, disclaimer, nomenclature, must approve,
        approve any, any statement, some say, many say, people say, it is said, some argue, some believe,
        it is often said, many believe, it is claimed, supporters, optimists, enthusiasts, textbook claim,
        is said to, are said to, was said to, were said to, supposed to
    """,
    "settled": """
        and it does, it does, it did, is settled, is confirmed, was confirmed, are confirmed, we succeeded,
        and succeeded, answer is yes, confirmed our, confirm our, confirms our, confirm the hypothesis,
        hypothesis holds, holds true, turned out to be true, proved true, and we have, no longer a question,
        no longer an open, no longer a dream, and they do, is answered, the answer is yes, it does so,
        turns out to be true, turned out true, was answered with yes, and so it does, and they did,
        and it did, and it was
    """,
    "than": """
        than, over, vs, with respect to, to, of, beside, on, from
    """,
    "by": """
        by
    """,
    "if": """
        if, unless, provided that, in case
    """,
    "opening": """
        as, for, in, at, with, under, despite, after, during, using, via, among, even though, given, like,
        where, by using, when, once, through
    """,
    "against": """
        compared with, compared to, unlike, versus, relative to, in contrast to, contrary to, as opposed to,
        against, in comparison with, in comparison to, next to, measured against
    """,
    "but": """
        but, however, yet, whereas, while, although, though, so, nevertheless, nonetheless, still, instead,
        because, since
    """,
    "without": """
        without, removing, dropping, leaving out, switching off, ablating, remove, take away, taking away,
        replacing
    """,
    "minus": """
        minus, difference between
    """,
    "other": """
        quantum dot, quantum dots, quantum mechanics, quantum mechanical, quantum mechanically, quantum of,
        post quantum, quantum safe, quantum resistant, quantum proof, quantum efficiency, quantum yield,
        quantum fibre, quantum fiber, quantum cable, quantum physics, quantum chemistry, quantum theory,
        quantum harmonic, quantum number, quantum numbers, quantum ltd, quantum inc, quantum gmbh,
        quantum corp, quantum corporation, quantum well, quantum wells, quantum field, quantum mechanic,
        quantum healing, quantum sensor, quantum sensors, quantum key, quantum cascade, quantum dot display,
        d wave advantage, d wave advantage system, quantum physicist, quantum physicists, quantum metrology,
        quantum gravity, quantum group, quantum break, quantum store, quantum drive, quantum tape,
        quantum scalar, quantum bar, quantum gym, quantum hotel, quantum fitness, quantum optics,
        quantum inspired, quantum bicycle, quantum car, quantum shampoo, quantum vacuum, quantum tunnelling,
        quantum tunneling, quantum hall, quantum oscillator, quantum leap day, quantum shoes,
        quantum sneakers, quantum mattress, pre quantum, not only, not just, not merely, no doubt,
        without doubt, without a doubt, without exception, without question, no question, cannot be denied,
        undeniably, never worse, no worse, not worse, not slower, never slower, no slower, not inferior,
        no surprise, no wonder, even without, point towards, points towards, pointing towards, no less than,
        nothing but, nothing less than, nothing short of, do not miss, don't miss, not to mention,
        never before, classical music, classical education, classical literature, classical mechanics,
        classical physics, classical signature, classical signatures, classical cryptography,
        classical antiquity, classical studies, classical art, classical dance, circuit breaker,
        circuit board, circuit training, circuit court, race circuit, printed circuit, integrated circuit,
        short circuit, closed circuit, racing circuit, hybrid car, hybrid cars, hybrid work, hybrid working,
        hybrid vehicle, hybrid vehicles, hybrid engine car, hybrid office, hybrid meeting, other hand,
        on the other hand, left hand, leading to, lead to, leads to, lead time, edge case, edge cases,
        edge device, edge devices, edge detection, take advantage of, taking advantage of,
        takes advantage of, took advantage of, home advantage, on top of, at the top, top of, top left,
        top right, as well as, so that, at least, at most, more than, fewer than, less than one,
        less than two, more or less, better known, sooner or later, over time, no later than,
        not later than, as soon as, in order to, as long as, based on, up to, according, once more, at once,
        all at once, as follows, such as, as much as, on average, in general, in practice, in theory,
        on the whole, in fact, leave one out, left out, left for, leave it, cut off, cross edge,
        replaced with, replaced missing, puts on, neural training, edge of, edges, even if, little doubt,
        no question that, no denying, default qubit, lightning qubit, as if, as though, can't help,
        cannot help, cannot but, can not but, hard to beat, difficult to beat, tough to beat, no matter,
        not surprisingly, not by chance, no secret, nobody doubts, no one doubts, beats per minute,
        heart beats, best of, quantum field theory, quantum bio, record date, record number, no coincidence,
        not long ago, not least, no less, not alone, quantum error mitigation, quantum error correction,
        error mitigation, error correction, quantum budget, quantum budgets, quantum seconds,
        quantum second, quantum time, quantum cost, quantum costs, quantum limit, quantum limits,
        quantum service, quantum usage, quantum job, quantum jobs, quantum quota, circuit diagram,
        quantum simulation time, quantum of solace, quantum finance ltd, quantum fund, quantum theory of,
        leading hospitals, leading cause, leading causes, leading edge of, leading zero, leading zeros,
        leading digit, leading digits, cutting edges, lead author, lead in, lead level, lead levels,
        lead concentration, lead poisoning, blood lead, blood lead level, standard deviation, server room,
        server time
    """,
}
