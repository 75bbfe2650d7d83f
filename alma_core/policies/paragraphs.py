"""What each kind of policy is, where it comes from and what it costs: a paragraph each, for `alma policies NAME`."""

from typing import Final

from alma_core.language import mark

NEVER: Final = mark(
    "A network is trained when the first data arrives and serves for ever. Nobody proposes it; it is what happens "
    "where a model is delivered and not looked after, and it shows what updates are worth at all. It costs one "
    "training and nothing after it."
)
SINGLE: Final = mark(
    "At each update the network goes on from the weights it has, on what has arrived since the last update. It is the "
    "default of the ALMA paper (Caccia and others, CoLLAs 2022) and what the costs of all others are measured "
    "against. Every example is trained on at one update only, so it is the cheapest way to keep a network up to date."
)
REPLAY: Final = mark(
    "At each update the network goes on from the weights it has, on everything that has arrived so far. The ALMA paper "
    "(Caccia and others, 2022) finds the lowest error with it. Updates become larger as data piles up: with B arrivals "
    "and an update at each, training costs (B + 1) / 2 times as much as with new data only."
)
SCRATCH: Final = mark(
    "At each update a fresh network is trained on everything that has arrived so far. It is the textbook way, and it "
    "often generalises better than going on from old weights on the same data (Ash and Adams, NeurIPS 2020). It costs "
    "what replay costs: with B arrivals and an update at each, (B + 1) / 2 times as much as with new data only."
)
WINDOW: Final = mark(
    "At each update a fresh network is trained on the last {window} arrivals, however long the last update was ago. It "
    "is the commonest practice where data drifts, as what is old may mislead. Each update costs as much as {window} "
    "arrivals do, once so many are there."
)
SHRINK: Final = mark(
    "At each update the weights are shrunk to 0.4 of themselves and 0.1 of fresh ones are added before the network is "
    "trained on everything so far. Ash and Adams (NeurIPS 2020) found that this keeps the head start of old weights "
    "and loses most of their harm. It costs what replay costs."
)
KEEP_BETTER: Final = mark(
    "The network is trained as under single, but a new model goes into service only if it errs less than the one that "
    "serves on the validation examples among the new data; where there are none, it does. Teams know this as champion "
    "and challenger. It costs the training of single, and at each update a pass of both models over validation "
    "examples."
)
TRIGGERED_SHIFT: Final = mark(
    "At each arrival a small classifier tries to tell the newest inputs from those before them (a classifier "
    "two-sample test: Lopez-Paz and Oquab, ICLR 2017); the network is updated when it succeeds with p below "
    "{threshold}. It needs no labels to decide. It costs at most what single costs; where nothing shifts, that share "
    "of the tests says so all the same."
)
TRIGGERED_ERROR: Final = mark(
    "Each arrival is predicted before it is trained on; the network is updated when the error there is {threshold} "
    "higher than it was just after the last update. It is the alarm that most monitoring offers. It costs at most what "
    "single costs, but needs the labels of each arrival at once."
)
THRESHOLD: Final = mark(
    "Each arrival is predicted before it is trained on; the network is updated when the error there exceeds "
    "{threshold}. It is the simplest rule of CARA (Mahadevan and Mathioudakis, 2024). It costs at most what single "
    "costs, and just that where the network never gets below the threshold."
)
CUMULATIVE: Final = mark(
    "Each arrival is predicted before it is trained on, and the errors since the last update are added up; the network "
    "is updated when they exceed {threshold}. It is the cumulative rule of CARA (Mahadevan and Mathioudakis, 2024), "
    "which weighs many small harms like a large one. It costs at most what single costs."
)
ENSEMBLE: Final = mark(
    "{members} networks with draws of their own are trained apart on the same data; the mean of what they predict "
    "counts (Hansen and Salamon, 1990; in the ALMA paper as Ens). Training, prediction and memory cost {members} times "
    "those of one network."
)
TREES: Final = mark(
    "Gradient-boosted decision trees on binned values, 50 rounds, fitted anew at each update (Friedman, 2001; "
    "scikit-learn's HistGradientBoosting). On tables it is what most teams would try first; images are averaged down "
    "to 7 x 7 values. It has no size ladder, and is counted in CPU seconds instead of FLOPs."
)
LINEAR: Final = mark(
    "Logistic regression, or ridge regression where the target is a number, fitted anew at each update by "
    "scikit-learn. It is the least that a more complicated model has to beat. It has no size ladder, and is counted in "
    "CPU seconds instead of FLOPs."
)
SGD: Final = mark(
    "A linear model that goes on from its coefficients by stochastic gradient descent, on what has arrived since the "
    "last update (scikit-learn's partial_fit). It is the oldest way to learn from a stream. It has no size ladder, and "
    "is counted in CPU seconds instead of FLOPs, few of them."
)
UMIX: Final = mark(
    "{members} networks with draws of their own are trained as one: what they predict is added up before the loss is "
    "taken, so each learns what the others leave. The ALMA paper (Caccia and others, 2022) calls it UMix, a uniform "
    "mixture. Training, prediction and memory cost {members} times those of one network."
)
BAGGING: Final = mark(
    "{members} networks are each trained on as many examples as there are, drawn with replacement, so that they differ "
    "more; the mean of what they predict counts (Breiman, 1996). Training, prediction and memory cost {members} times "
    "those of one network."
)
ADABOOST: Final = mark(
    "{members} networks are trained in turn, each on a draw in which examples that the earlier ones get wrong are "
    "frequent, and vote by how well they did (SAMME: Zhu, Zou, Rosset and Hastie, 2009). It needs classes. Training, "
    "prediction and memory cost {members} times those of one network, and members cannot be trained at the same time."
)
GENS: Final = mark(
    "Each update adds a network, a copy of the last one that goes on with the new data; the mean of all that there are "
    "counts (gEns in the ALMA paper, Caccia and others, 2022). Training costs what single costs; prediction and memory "
    "grow by one network at each update, without end."
)
GENS_FRESH: Final = mark(
    "Each update adds a fresh network that sees the new data only; the mean of all that there are counts (gEns in the "
    "ALMA paper, Caccia and others, 2022, started from scratch). Training costs what single costs; prediction and "
    "memory grow by one network at each update, without end."
)
GENS_NEWEST: Final = mark(
    "Each update adds a network as under gens, and the oldest leaves where there are more than {members}. So it "
    "forgets what is old, and its size has a limit. Training costs what single costs; prediction and memory at most "
    "{members} times those of one network."
)
GENS_BEST: Final = mark(
    "Each update adds a network as under gens, and of those that serve and the newcomer the {members} best on "
    "validation examples stay, as ensembles for drifting streams do (Wang, Fan, Yu and Han, KDD 2003). Training costs "
    "what single costs, and a pass of each over validation examples; prediction and memory at most {members} times "
    "those of one network."
)
HYBRID: Final = mark(
    "For {grow_after} updates it is a single network that goes on with the new data; from then on each update adds a "
    "network as under gens. So nothing grows while a first model is still finding its feet. Training costs what single "
    "costs; prediction and memory grow by one network at each later update."
)
MOE: Final = mark(
    "{members} networks stand side by side, and gates that see the example say how much each counts; all of them run, "
    "and all is trained as one (Jacobs, Jordan, Nowlan and Hinton, 1991; the fixed mixture of the ALMA paper). "
    "Training, prediction and memory cost a little more than {members} times those of one network."
)
GMOE: Final = mark(
    "It begins as one network; every {grow_every} updates the expert that the gates use most on validation examples is "
    "replaced by two copies of it under a fresh gate (gMoE in the ALMA paper, Caccia and others, 2022). Training, "
    "prediction and memory grow by one network at each split, and choosing costs a pass of the gates."
)
GMOE_RANDOM: Final = mark(
    "It grows as gmoe does, every {grow_every} updates, but the expert that is split is drawn at random. It is the "
    "control that shows whether the choice of the busiest expert matters. It costs what gmoe costs, less the pass that "
    "looks for the busiest."
)
FIREFLY: Final = mark(
    "It begins as one network; every {grow_every} updates each hidden layer becomes wider by 0.6 of the width it began "
    "with, by splitting units and adding new ones where the gradient promises most (Firefly: Wu, Liu, Stone and Liu, "
    "NeurIPS 2020). Training, prediction and memory grow with each step, and choosing costs a few passes over a sample."
)
EMA: Final = mark(
    "The network is trained as under single, but what serves has the mean of the weights after each update, the newer "
    "ones weighing more; training goes on from its own weights (averaging: Polyak and Juditsky, 1992). It costs what "
    "single costs, and the memory of one more network."
)
SNAPSHOT: Final = mark(
    "Each update is divided into {members} cycles at whose end the learning rate has fallen to zero; the network at "
    "the end of each is kept, and the mean of what they predict counts (Huang and others, ICLR 2017). Training costs "
    "what single costs; prediction and memory {members} times those of one network."
)
BATCH_ENSEMBLE: Final = mark(
    "{members} members share the weights of one network; each has a factor of its own for what enters and what leaves "
    "a layer, and the mean of what they predict counts (BatchEnsemble: Wen, Tran and Ba, ICLR 2020). Training costs "
    "little more than one network's, as each example meets one member; prediction costs {members} times as much, "
    "memory hardly more."
)
DISTILLED: Final = mark(
    "At each update {members} networks are trained apart, and a further one of the same size learns to predict what "
    "they predict on average; it alone serves (Hinton, Vinyals and Dean, 2015). Training costs {members} + 1 times "
    "that of one network and the passes of the teachers; prediction and memory in service those of one."
)
