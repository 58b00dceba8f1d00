"""Words for those who are compared."""

SIDES = {
    "quantum": """
        quantum, qubit, qubits, qnn, qnns, qml, vqe, vqc, vqcs, qaoa, qsvm, qsvc, qpu, qpus, nisq, annealer,
        annealers, grover, shor, entanglement, superposition, quantum classical, quantum inspired circuit,
        hybrid quantum classical, quantum annealing, classical quantum, parameterised quantum circuit,
        ion trap, quantum classical hybrid, variational quantum, quantum hardware, quantum simulator,
        quantum simulation, ising machine, photonic, fluxonium, transmon, hhl, qae, quantum kernel,
        data re uploading
    """,
    "run": """
        circuit, circuits, hybrid, hybrids, ansatz, variational, hybrid head, variational model, device,
        atomq, feature map
    """,
    "classical": """
        rbf kernel, polynomial kernel, classical, classically, conventional, conventionally, gpu, gpus, cpu, cpus, supercomputer,
        supercomputers, laptop, mainframe, workstation, xgboost, lightgbm, light gbm, catboost, cat boost,
        gradient boosting, gradient boosted, boosting, boosted trees, random forest, random forests, forest,
        forests, logistic regression, linear regression, regression, support vector, svm, svms, mlp, mlps,
        multilayer perceptron, perceptron, neural network, neural networks, neural net, neural nets,
        deep network, deep networks, neural only, neural head, neural model, neural models, neural one,
        neural part, neural, deep learning, deep neural network, transformer, transformers, brute force,
        heuristic, heuristics, greedy, simulated annealing, decision tree, decision trees, linear model,
        linear models, knn, nearest neighbours, lasso, cnn, cnns, lstm, naive bayes, hpc, ordinary computer,
        ordinary computers, normal computer, normal computers, regular computers, today's computers,
        todays computers, digital computer, digital computers, silicon, commercial solver,
        commercial solvers, gurobi, cplex, traditional, nonquantum, non quantum, von neumann,
        binary computers, machine learning models, standard machine learning, standard methods,
        standard models, standard algorithms, adaboost, ridge, ordinary, ordinary ai, transistors, bits,
        cluster, clusters, computer cluster, machine learning, standard ai, standard ml,
        standard approaches, standard techniques, standard computers, standard tools, usual methods,
        everyday computers, today's ai, current ai, today's best computers, learners, non quantum models,
        classic, classics, linear classifier, linear baseline, statistical models, k means, lstms, gnn,
        gnns, resnet, bert, tabnet, gbm, gbms, xgb, glm, glms, exact solver, branch and bound, tabu search,
        genetic algorithm, genetic algorithms, monte carlo, turing machine, turing machines, server,
        servers, data centre, data centres, datacenter, pc, pcs, workstations, laptops, hpc cluster,
        big tech
    """,
    "rival": """
        baseline, baselines, competitor, competitors, competition, rivals, state of the art,
        existing methods, existing approaches, existing models, existing solutions, anything, everything,
        everyone else, any other, every other, all other, all others, alternatives, any machine,
        any computer, any known method, any known algorithm, sota, the best known, prior art,
        previous methods, legacy, anyone else, all comers, all rivals, the rest, every rival,
        every baseline, all baselines, market leaders, existing systems, existing techniques,
        every known method, all known methods, current methods, alternative methods, leading methods,
        established methods, well known methods, previous records, the record, prior methods
    """,
    "self": """
        we, our, us, ours, i, my, this, it, its, they, these, the model, the approach, the method, your,
        you
    """,
}
