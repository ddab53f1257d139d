"""Parts that do not fit each other or the samples."""

from __future__ import annotations

PARTS = {
    'classifier.set_params(encoder="transformer").fit(X, y)': (
        "ValueError: encoder must be one of ['mlp', 'feature_token', 'vgg', 'recurrent', "
        "'auto'] or an object with a build method; found 'transformer'."
    ),
    "classifier.set_params(encoder=None).fit(X, y)": (
        "ValueError: encoder must be one of ['mlp', 'feature_token', 'vgg', 'recurrent', "
        "'auto'] or an object with a build method; found None."
    ),
    "classifier.set_params(encoder=VGGEncoder).fit(X, y)": (
        "ValueError: encoder must be one of ['mlp', 'feature_token', 'vgg', 'recurrent', "
        "'auto'] or an object with a build method; found <class "
        "'sklearn_abmtl.nn.encoders.vgg.VGGEncoder'>."
    ),
    "classifier.set_params(encoder=torch.nn.Linear(5, 3)).fit(X, y)": (
        "ValueError: encoder must be one of ['mlp', 'feature_token', 'vgg', 'recurrent', "
        "'auto'] or an object with a build method; found Linear(in_features=5, out_features=3, "
        "bias=True)."
    ),
    "classifier.set_params(encoder=BiLSTMDecoder()).fit(X, y)": (
        "ValueError: encoder must be a spec of that part; the build method of "
        "BiLSTMDecoder(width=64) does not accept the arguments for it: missing a required "
        "argument: 'grid'."
    ),
    'classifier.set_params(decoder="lstm").fit(X, y)': (
        "ValueError: decoder must be one of ['bilstm', 'conv', 'mlp', 'auto', None] or an "
        "object with a build method; found 'lstm'."
    ),
    "classifier.set_params(decoder=VGGEncoder()).fit(X, y)": (
        "ValueError: decoder must be a spec of that part; the build method of "
        "VGGEncoder(width=16, n_stages='auto', n_layers=2, d_shared=256, dropout=0.1) does not "
        "accept the arguments for it: got an unexpected keyword argument 'grid'."
    ),
    "classifier.set_params(attention=None).fit(X, y)": (
        "ValueError: attention must be one of ['auto', 'task_query', 'mtan', 'mmoe', "
        "'cross_stitch', 'none'] or an object with a build method; found None."
    ),
    "classifier.set_params(attention=WeightedAggregator()).fit(X, y)": (
        "ValueError: attention must be a spec of that part; the build method of "
        "WeightedAggregator(cv=None) does not accept the arguments for it: missing a required "
        "argument: 'n_branches'."
    ),
    'classifier.set_params(task_classifier="linear").fit(X, y)': (
        "ValueError: task_classifier must be one of ['mlp'] or an object with a build method; "
        "found 'linear'."
    ),
    "classifier.set_params(task_classifier=TaskAttention()).fit(X, y)": (
        "ValueError: task_classifier must be a spec of that part; the build method of "
        "TaskAttention(d_model=64, n_heads=4) does not accept the arguments for it: missing a "
        "required argument: 'n_tasks'."
    ),
    'classifier.set_params(aggregator="mean").fit(X, y)': (
        "ValueError: aggregator must be one of ['weighted'] or an object with a build method; "
        "found 'mean'."
    ),
    "classifier.set_params(aggregator=MLPEncoder()).fit(X, y)": (
        "ValueError: aggregator must be a spec of that part; the build method of "
        "MLPEncoder(width=256, n_layers=2, dropout=0.5) does not accept the arguments for it: "
        "missing a required argument: 'sample_shape'."
    ),
    'classifier.set_params(encoder="vgg").fit(X, y)': (
        "ValueError: VGGEncoder takes samples of shape (n_channels, height, width); found "
        "samples of shape (5,). Choose another encoder, or set input_shape; without it, options "
        "set on encoder='auto' are those of MLPEncoder."
    ),
    'classifier.set_params(encoder="recurrent").fit(X, y)': (
        "ValueError: RecurrentEncoder takes samples of shape (n_steps, n_channels); found "
        "samples of shape (5,). Choose another encoder, or set input_shape; without it, options "
        "set on encoder='auto' are those of MLPEncoder."
    ),
    'classifier.set_params(encoder="mlp").fit(sequences, y)': (
        "ValueError: MLPEncoder takes samples of shape (n_features,); found samples of shape (5, "
        "1). Choose another encoder, or set input_shape; without it, options set on "
        "encoder='auto' are those of MLPEncoder."
    ),
    'classifier.set_params(encoder="feature_token").fit(images, y)': (
        "ValueError: FeatureTokenEncoder takes samples of shape (n_features,); found samples of "
        "shape (1, 2, 2). Choose another encoder, or set input_shape; without it, options set on "
        "encoder='auto' are those of MLPEncoder."
    ),
    "classifier.set_params(encoder=VGGEncoder(n_stages=4)).fit(images, y)": (
        "ValueError: VGGEncoder: n_stages=4 needs images of at least 16 pixels per side; the "
        "shorter side has 2. Images are (n_samples, n_channels, height, width)."
    ),
    "classifier.set_params(encoder=VGGEncoder(n_stages=1, n_layers=(2, 2))).fit(images, y)": (
        "ValueError: VGGEncoder: n_layers must be an integer of at least 1, or one per stage (1 "
        "stages); found (2, 2)."
    ),
    "classifier.set_params(encoder__depth=3)": (
        "ValueError: Invalid parameter 'depth' for MLPEncoder. Valid parameters are: "
        "['dropout', 'n_layers', 'width']."
    ),
    'classifier.set_params(encoder="auto").set_params(encoder__depth=3)': (
        "ValueError: Invalid parameter 'depth' for encoder='auto'. Valid parameters are: "
        "['d_shared', 'dropout', 'n_layers', 'n_stages', 'width']."
    ),
    'classifier.set_params(encoder="auto").set_params(encoder__n_stages=3).fit(X, y)': (
        "ValueError: Invalid parameter 'n_stages' for MLPEncoder. Valid parameters are: "
        "['dropout', 'n_layers', 'width']."
    ),
    "classifier.set_params(decoder__width=3).fit(X, y)": (
        "ValueError: decoder='auto' is None for samples of 1 axis, so its options ['width'] "
        "apply to no part; name the decoder."
    ),
    "classifier.set_params(encoder__width=0).fit(X, y)": (
        "ValueError: MLPEncoder: width must be an integer of at least 1; found 0."
    ),
    "classifier.set_params(encoder__width=2.5).fit(X, y)": (
        "ValueError: MLPEncoder: width must be an integer of at least 1; found 2.5."
    ),
    'classifier.set_params(encoder__width="wide").fit(X, y)': (
        "ValueError: MLPEncoder: width must be an integer of at least 1; found 'wide'."
    ),
    "classifier.set_params(attention__n_heads=7).fit(X, y)": (
        "ValueError: TaskAttention: n_heads must divide d_model; found n_heads=7, d_model=64."
    ),
    "classifier.set_params(attention__d_model=0).fit(X, y)": (
        "ValueError: TaskAttention: d_model must be an integer of at least 1; found 0."
    ),
    'classifier.set_params(attention="mmoe", attention__n_experts=0).fit(X, y)': (
        "ValueError: MMoEAttention: n_experts must be an integer of at least 1; found 0."
    ),
    "classifier.set_params(task_classifier__dropout=1.0).fit(X, y)": (
        "ValueError: TaskClassifier: dropout must be a number in [0, 1); found 1.0."
    ),
    "classifier.set_params(task_classifier__dropout=-0.1).fit(X, y)": (
        "ValueError: TaskClassifier: dropout must be a number in [0, 1); found -0.1."
    ),
    "classifier.set_params(task_classifier__dropout=nan).fit(X, y)": (
        "ValueError: TaskClassifier: dropout must be a number in [0, 1); found nan."
    ),
    "classifier.set_params(aggregator__cv=1).fit(X, y)": (
        "ValueError: WeightedAggregator: cv must be an integer of at least 2; found 1."
    ),
    'classifier.set_params(aggregator__cv="five").fit(X, y)': (
        "ValueError: WeightedAggregator: cv must be an integer of at least 2; found 'five'."
    ),
    "classifier.set_params(aggregator__cv=100).fit(X, y)": (
        "ValueError: aggregator__cv=100 needs at least 100 training rows; found 60."
    ),
    "classifier.set_params(encoder=BackboneEncoder(3)).fit(X, y)": (
        "ValueError: BackboneEncoder: module must be the name of a torchvision model, a torch "
        "module or a function without arguments that makes one; found 3."
    ),
    "classifier.set_params(encoder=BackboneEncoder(torch.nn.Linear(4, 3))).fit(X, y)": (
        "ValueError: BackboneEncoder: module does not accept samples of shape (5,): mat1 and mat2"
        " shapes cannot be multiplied (2x5 and 4x3)"
    ),
    'classifier.set_params(encoder=BackboneEncoder(torch.nn.ReLU, weights="no.pt")).fit(X, y)': (
        "ValueError: BackboneEncoder: weights of a module must be None or the path of a file; "
        "found 'no.pt'."
    ),
    "classifier.set_params(encoder=BackboneEncoder(torch.nn.Identity(), lr_scale=0)).fit(X, y)": (
        "ValueError: BackboneEncoder: lr_scale must be a number above 0; found 0."
    ),
    'classifier.set_params(encoder=BackboneEncoder(torch.nn.Identity(), freeze="yes")).fit(X, y)': (
        "ValueError: BackboneEncoder: freeze must be a bool; found 'yes'."
    ),
    'classifier.set_params(sharing="some").fit(X, y)': (
        "InvalidParameterError: The 'sharing' parameter of ABMTLClassifier must be ... Got "
        "'some' instead."
    ),
    "classifier.set_params(encoder__width=10**7).fit(X, y)": (
        "ValueError: MLPEncoder: width=10000000 makes a network of 1.0e+14 parameters, which take "
        "1.6e+06 GB to train; this machine has ... GB. Lower width."
    ),
    "classifier.set_params(encoder__n_layers=10**6).fit(X, y)": (
        "ValueError: MLPEncoder: n_layers must be at most 1000; found 1000000."
    ),
    "classifier.set_params(aggregator__cv=10**6).fit(X, y)": (
        "ValueError: aggregator__cv=1000000 needs at least 1000000 training rows; found 60."
    ),
    "classifier.set_params(n_bins=10**6).fit(X, y)": (
        "InvalidParameterError: The 'n_bins' parameter of ABMTLClassifier must be ... Got 1000000 "
        "instead."
    ),
    "classifier.set_params(n_members=10**5).fit(X, y)": (
        "InvalidParameterError: The 'n_members' parameter of ABMTLClassifier must be an int in "
        "the range [1, 1024]. Got 100000 instead."
    ),
    "classifier.set_params(n_members=0).fit(X, y)": (
        "InvalidParameterError: The 'n_members' parameter of ABMTLClassifier must be an int in "
        "the range [1, 1024]. Got 0 instead."
    ),
    "classifier.set_params(n_members=1.5).fit(X, y)": (
        "InvalidParameterError: The 'n_members' parameter of ABMTLClassifier must be an int in "
        "the range [1, 1024]. Got 1.5 instead."
    ),
}

SAMPLES = {
    "classifier.set_params(input_shape=5).fit(X, y)": (
        "InvalidParameterError: The 'input_shape' parameter of ABMTLClassifier must be an "
        "instance of 'tuple', an instance of 'list' or None. Got 5 instead."
    ),
    "classifier.set_params(input_shape=()).fit(X, y)": (
        "ValueError: input_shape must be None or 1 to 3 positive integers: (n_features,),"
        " (n_steps, n_channels), (n_channels, height, width) or, with the channels last, "
        "(height, width, n_channels); found ()."
    ),
    "classifier.set_params(input_shape=(5, -1)).fit(X, y)": (
        "ValueError: input_shape must be None or 1 to 3 positive integers: (n_features,),"
        " (n_steps, n_channels), (n_channels, height, width) or, with the channels last, "
        "(height, width, n_channels); found (5, -1)."
    ),
    "classifier.set_params(input_shape=(1, 2.5)).fit(X, y)": (
        "ValueError: input_shape must be None or 1 to 3 positive integers: (n_features,),"
        " (n_steps, n_channels), (n_channels, height, width) or, with the channels last, "
        "(height, width, n_channels); found (1, 2.5)."
    ),
    "classifier.set_params(input_shape=(1, 2, 3)).fit(X, y)": (
        "ValueError: input_shape=(1, 2, 3) holds 6 values; a sample of X has the shape (5,), 5 "
        "values."
    ),
    "classifier.set_params(max_shift=-1).fit(images, y)": (
        "InvalidParameterError: The 'max_shift' parameter of ABMTLClassifier must be ... Got -1"
        " instead."
    ),
    "classifier.set_params(encoder=VGGEncoder(n_stages=1), max_shift=2).fit(images, y)": (
        "ValueError: max_shift must be less than the shorter side of an image, 2; found 2."
    ),
    'classifier.set_params(categorical_features="all").fit(X, y)': (
        "InvalidParameterError: The 'categorical_features' parameter of ABMTLClassifier must be"
        " ... Got 'all' instead."
    ),
    "classifier.set_params(categorical_features=[7]).fit(X, y)": (
        "ValueError: categorical_features must be None, 'from_dtype', or the names, the "
        "positions or a mask of features of X, which has 5, named []; found [7]."
    ),
    "classifier.set_params(categorical_features=[-1]).fit(X, y)": (
        "ValueError: categorical_features must be None, 'from_dtype', or the names, the "
        "positions or a mask of features of X, which has 5, named []; found [-1]."
    ),
    "classifier.set_params(categorical_features=[0.5]).fit(X, y)": (
        "ValueError: categorical_features must be None, 'from_dtype', or the names, the "
        "positions or a mask of features of X, which has 5, named []; found [0.5]."
    ),
    "classifier.set_params(categorical_features=[[0], [1]]).fit(X, y)": (
        "ValueError: categorical_features must be None, 'from_dtype', or the names, the "
        "positions or a mask of features of X, which has 5, named []; found [[0], [1]]."
    ),
    "classifier.set_params(categorical_features=[True, False]).fit(X, y)": (
        "ValueError: categorical_features must be None, 'from_dtype', or the names, the "
        "positions or a mask of features of X, which has 5, named []; found [True, False]."
    ),
    'classifier.set_params(categorical_features=["a"]).fit(X, y)': (
        "ValueError: categorical_features must be None, 'from_dtype', or the names, the "
        "positions or a mask of features of X, which has 5, named []; found ['a']. In a "
        "Pipeline, names come through with set_output(transform='pandas') and, of a "
        "ColumnTransformer, verbose_feature_names_out=False."
    ),
    'classifier.set_params(categorical_features=["color"]).fit(X_frame, y)': (
        "ValueError: categorical_features must be None, 'from_dtype', or the names, the "
        "positions or a mask of features of X, which has 5, named ['a', 'b', 'c', 'd', 'e']; "
        "found ['color']. In a Pipeline, names come through with set_output(transform='pandas')"
        " and, of a ColumnTransformer, verbose_feature_names_out=False."
    ),
    'classifier.set_params(categorical_features=["a"]).fit(X_frame.assign(a=["x", 3] * 30), y)': (
        "TypeError: Encoders require their input argument must be uniformly strings or numbers. "
        "Got ['int', 'str'] The error is in a feature of categorical_features."
    ),
    'classifier.set_params(categorical_features=["a"]).fit(X_frame.assign(a="x", b="y"), y)': (
        "ValueError: X must hold numbers in all columns that categorical_features does not "
        "name; could not convert ['b']. Name categories there, or give them that type: "
        "X.astype({name: 'category'}). Convert dates to numbers, or leave them out of X."
    ),
    "classifier.set_params(categorical_features=[0]).fit([], y)": (
        "ValueError: Expected 2D array, got 1D array instead: array=... Reshape your data"
        " either using array.reshape(-1, 1) if your data has a single feature or "
        "array.reshape(1, -1) if it contains a single sample."
    ),
    "classifier.set_params(categorical_features=[0]).fit(3, y)": (
        "ValueError: X must be an array or a frame of shape (n_samples, n_features) or "
        "(n_samples, ...); found 3. Pass numbers."
    ),
    "classifier.set_params(categorical_features=[0]).fit([[1, 2]] * 59 + [[1]], y)": (
        "ValueError: X must be an array or a frame of shape (n_samples, n_features) or "
        "(n_samples, ...); found rows or samples of several lengths, [1, 2]. Pad or cut "
        "them to one length."
    ),
    "classifier.set_params(categorical_features=[0]).fit(X[:, 0], y)": (
        "ValueError: Expected 2D array, got 1D array instead: array=... Reshape your data"
        " either using array.reshape(-1, 1) if your data has a single feature or "
        "array.reshape(1, -1) if it contains a single sample."
    ),
    "classifier.set_params(categorical_features=[0]).fit(images, y)": (
        "ValueError: Found array with dim 4..."
    ),
    "classifier.set_params(categorical_features=[0]).fit(scipy.sparse.csr_array(X), y)": (
        "TypeError: X is sparse data of the type csr_array, and ABMTLClassifier needs dense "
        "data. Use X.toarray(); set sparse_output=False in OneHotEncoder and similar steps, "
        "sparse_threshold=0 in ColumnTransformer; after TfidfVectorizer or CountVectorizer, add "
        "TruncatedSVD or a step that calls .toarray()."
    ),
    "classifier.set_params(categorical_features=[0]).fit(replaced(X, (3, 1), inf), y)": (
        "ValueError: Input X contains infinity or a value too large for dtype('float32') in 1 "
        "of 5 columns, [1], first in row 3."
    ),
    'classifier.set_params(handle_missing="drop").fit(X, y)': (
        "InvalidParameterError: The 'handle_missing' parameter of ABMTLClassifier must be ... "
        "Got 'drop' instead."
    ),
    'classifier.set_params(handle_missing="indicator").fit(images, y)': (
        "ValueError: handle_missing='indicator' need a table; found samples of shape (1, 2, 2)."
    ),
    'classifier.set_params(handle_missing="indicator").fit(replaced(X, (3, 1), inf), y)': (
        "ValueError: Input X contains infinity or a value too large for dtype('float32') in 1 "
        "of 5 columns, [1], first in row 3."
    ),
    "classifier.set_params(n_bins=0).fit(X, y)": (
        "InvalidParameterError: The 'n_bins' parameter of ABMTLClassifier must be ... Got 0 "
        "instead."
    ),
    "classifier.set_params(missing_label=[1, 2]).fit(X, y)": (
        "ValueError: missing_label must be None or a scalar; found [1, 2]."
    ),
    "classifier.set_params(missing_label=np.array([1, 2])).fit(X, y)": (
        "ValueError: missing_label must be None or a scalar; found array([1, 2])."
    ),
    "classifier.set_params(missing_label=0).fit(X, np.zeros(60))": (
        "ValueError: y has no label for task 'y'; each task needs at least one."
    ),
    'classifier.set_params(missing_label="?").fit(X, np.full(60, "?"))': (
        "ValueError: y has no label for task 'y'; each task needs at least one."
    ),
}
