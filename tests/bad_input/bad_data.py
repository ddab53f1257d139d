"""Data that ``fit`` refuses."""

from __future__ import annotations

X_IN_FIT = {
    "classifier.fit(None, y)": (
        "ValueError: X must be an array or a frame of shape (n_samples, n_features) or "
        "(n_samples, ...); found None. Pass numbers."
    ),
    "classifier.fit(3, y)": (
        "ValueError: X must be an array or a frame of shape (n_samples, n_features) or "
        "(n_samples, ...); found 3. Pass numbers."
    ),
    'classifier.fit("text", y)': (
        "ValueError: X must be an array or a frame of shape (n_samples, n_features) or "
        "(n_samples, ...); found 'text'. Pass numbers."
    ),
    'classifier.fit({"a": X}, y)': (
        "ValueError: X must be an array or a frame of shape (n_samples, n_features) or "
        "(n_samples, ...); found the type dict. Pass pandas.DataFrame(X), or one array."
    ),
    "classifier.fit(iter(X), y)": (
        "ValueError: X must be an array or a frame of shape (n_samples, n_features) or "
        "(n_samples, ...); found the type iterator. It can be read only once: use "
        "list(X)."
    ),
    "classifier.fit(set(range(60)), y)": (
        "ValueError: X must be an array or a frame of shape (n_samples, n_features) or "
        "(n_samples, ...); found the type set. A set has no order: use an array or a "
        "list."
    ),
    "classifier.fit(X[:, 0], y)": "ValueError: Expected 2D array, got 1D array instead: ...",
    "classifier.fit(X[:0], y[:0])": (
        "ValueError: Found array with 0 sample(s) (shape=(0, 5)) while a minimum of 1 is required "
        "by ABMTLClassifier. The error is in X."
    ),
    "classifier.fit(X[:, :0], y)": (
        "ValueError: Found array with 0 feature(s) (shape=(60, 0)) while a minimum of 1 is "
        "required by ABMTLClassifier. The error is in X."
    ),
    "classifier.fit(sequences[:, :, :0], y)": (
        "ValueError: A sample of X must hold values; found samples of shape (5, 0)."
    ),
    "classifier.fit(X.reshape(60, 1, 1, 5, 1), y)": (
        "ValueError: A sample of X must have 1 (table), 2 (sequence) or 3 (image) axes; found "
        "samples of shape (1, 1, 5, 1)."
    ),
    "classifier.fit([[1, 2]] * 59 + [[1]], y)": (
        "ValueError: X must be an array or a frame of shape (n_samples, n_features) or "
        "(n_samples, ...); found rows or samples of several lengths, [1, 2]. Pad or cut "
        "them to one length."
    ),
    "classifier.fit(replaced(X, (3, 1), nan), y)": (
        "ValueError: Input X contains NaN in 1 of 5 columns, [1], first in row 3. Set "
        "handle_missing='indicator', which accepts missing numbers, or fill them before."
    ),
    "classifier.fit(replaced(X, (3, 1), inf), y)": (
        "ValueError: Input X contains infinity or a value too large for dtype('float32') in 1 "
        "of 5 columns, [1], first in row 3."
    ),
    "classifier.fit(replaced(X, (3, 1), 1e300), y)": (
        "ValueError: Input X contains infinity or a value too large for dtype('float32') in 1 "
        "of 5 columns, [1], first in row 3."
    ),
    'classifier.fit(replaced(X, (3, 1), "a"), y)': (
        "ValueError: could not convert string to float: 'a' The error is in X."
    ),
    'classifier.fit(np.full((60, 2), "a"), y)': (
        "ValueError: could not convert string to float: ... The error is in X."
    ),
    'classifier.fit(np.full((60, 2), b"a"), y)': (
        "ValueError: could not convert string to float: ... The error is in X."
    ),
    "classifier.fit(np.full((60, 2), 10**400, dtype=object), y)": (
        "OverflowError: int too large to convert to float The error is in X."
    ),
    'classifier.fit(np.full((60, 2), np.datetime64("2020")), y)': (
        "ValueError: X must hold numbers in all columns that categorical_features does not "
        "name; could not convert [0, 1]. Name categories there, or give them that type: "
        "X.astype({name: 'category'}). Convert dates to numbers, or leave them out of X."
    ),
    'classifier.fit(np.full((60, 2), np.timedelta64(1, "D")), y)': (
        "ValueError: X must hold numbers in all columns that categorical_features does not "
        "name; could not convert [0, 1]. Name categories there, or give them that type: "
        "X.astype({name: 'category'}). Convert dates to numbers, or leave them out of X."
    ),
    'classifier.fit(np.empty((60, 2), dtype="V4"), y)': (
        "ValueError: setting an array element with a sequence..."
    ),
    "classifier.fit(np.rec.fromarrays(X.T), y)": (
        "ValueError: X must be an array or a frame of shape (n_samples, n_features) or "
        "(n_samples, ...); found a structured array. Use "
        "numpy.lib.recfunctions.structured_to_unstructured(X), or pandas.DataFrame(X)."
    ),
    "classifier.fit(np.ma.MaskedArray(X, mask=X > 1), y)": (
        "ValueError: X is a masked array, whose mask would be lost; use X.filled(np.nan)."
    ),
    "classifier.fit(X + 1j, y)": "ValueError: Complex data not supported ...",
    "classifier.fit(scipy.sparse.csr_array(X), y)": (
        "TypeError: X is sparse data of the type csr_array, and ABMTLClassifier needs dense "
        "data. Use X.toarray(); set sparse_output=False in OneHotEncoder and similar steps, "
        "sparse_threshold=0 in ColumnTransformer; after TfidfVectorizer or CountVectorizer, add "
        "TruncatedSVD or a step that calls .toarray()."
    ),
    "classifier.fit(torch.from_numpy(X).to_sparse(), y)": (
        "TypeError: X is a sparse tensor; use X.to_dense()."
    ),
    'classifier.fit(X_frame.assign(a="text"), y)': (
        "ValueError: X must hold numbers in all columns that categorical_features does not "
        "name; could not convert ['a']. Name categories there, or give them that type: "
        "X.astype({name: 'category'}). Convert dates to numbers, or leave them out of X."
    ),
    'classifier.fit(X_frame.assign(a=pd.Timestamp("2020")), y)': (
        "ValueError: X must hold numbers in all columns that categorical_features does not "
        "name; could not convert ['a']. Name categories there, or give them that type: "
        "X.astype({name: 'category'}). Convert dates to numbers, or leave them out of X."
    ),
    'classifier.fit(X_frame.astype("datetime64[ns]"), y)': (
        "ValueError: X must hold numbers in all columns that categorical_features does not "
        "name; could not convert ['a', 'b', 'c', 'd', 'e']. Name categories there, or give them"
        " that type: X.astype({name: 'category'}). Convert dates to numbers, or leave them out of "
        "X."
    ),
    'classifier.fit(X_frame.rename(columns={"a": 1}), y)': (
        "TypeError: Feature names are only supported if all input features have string names, "
        "but your input has ['int', 'str'] as feature name / column name types. If you want "
        "feature names to be stored and ..."
    ),
    'classifier.fit(X_frame[["a", "a", "b"]], y)': (
        "ValueError: X must have a different name for each column; found ['a', 'a', 'b']."
    ),
    'classifier.fit(pl.DataFrame({"a": ["text"] * 60}), y)': (
        "ValueError: X must hold numbers in all columns ...; could not convert ..."
    ),
    "classifier.fit(pl.DataFrame(X).lazy(), y)": (
        "ValueError: X must be an array or a frame of shape (n_samples, n_features) or "
        "(n_samples, ...); found the type LazyFrame. This is a lazy frame: use "
        "X.collect()."
    ),
}

Y_IN_FIT = {
    "classifier.fit(X, None)": (
        "ValueError: ABMTLClassifier requires y to be passed, but the target y is None."
    ),
    "classifier.fit(X, 3)": (
        "ValueError: y must have the shape (n_samples,) or (n_samples, n_tasks), found an array"
        " of shape () and dtype int64."
    ),
    'classifier.fit(X, "text")': (
        "ValueError: y must have the shape (n_samples,) or (n_samples, n_tasks), found an array"
        " of shape () and dtype <U4."
    ),
    'classifier.fit(X, {"color": y[:, 0]})': (
        "ValueError: y must be an array, a list of rows or a frame; found a value of the "
        "type dict. It has columns, not rows: pass pandas.DataFrame(y)."
    ),
    "classifier.fit(X, iter(y))": (
        "ValueError: y must be an array, a list of rows or a frame; found a value of the "
        "type iterator. Pass a list, in the order of the rows."
    ),
    "classifier.fit(X, y[:50])": (
        "ValueError: X and y must have the same number of rows; found 60 and 50."
    ),
    "classifier.fit(X, y.T)": (
        "ValueError: y must have one row per sample, 60; found the shape (3, 60), with one "
        "row per task. Transpose it, as with list(zip(*y))."
    ),
    "classifier.fit(X, y[:, :, None])": (
        "ValueError: y must have the shape (n_samples,) or (n_samples, n_tasks), found an array"
        " of shape (60, 3, 1) and dtype int64."
    ),
    "classifier.fit(X, y[:, :0])": "ValueError: y must have at least one task; found no column.",
    "classifier.fit(X, [[0, 1]] * 59 + [[0]])": (
        "ValueError: y must be rectangular, (n_samples, n_tasks): setting an array element with"
        " a sequence..."
    ),
    "classifier.fit(X, scipy.sparse.csr_array(y))": (
        "ValueError: y is a sparse matrix, but dense labels are needed; use y.toarray()."
    ),
    "classifier.fit(X, torch.from_numpy(y).to_sparse())": (
        "TypeError: y is a sparse tensor; use y.to_dense()."
    ),
    "classifier.fit(X, pl.DataFrame(y).lazy())": (
        "ValueError: y must be an array, a list of rows or a frame; found a value of the "
        "type LazyFrame. Use y.collect()."
    ),
    "classifier.fit(X, np.rec.fromarrays(y.T))": (
        "ValueError: y must have one column per task; found a structured array with the "
        "fields ('f0', 'f1', 'f2'). Pass pandas.DataFrame(y)."
    ),
    'classifier.fit(X, np.empty((60, 2), dtype="V4"))': (
        "ValueError: y must have the shape (n_samples,) or (n_samples, n_tasks), found an array"
        " of shape (60, 2) and dtype |V4."
    ),
    "classifier.fit(X, np.full(60, nan))": (
        "ValueError: y has no label for task 'y'; each task needs at least one."
    ),
    "classifier.fit(X, [None] * 60)": (
        "ValueError: y has no label for task 'y'; each task needs at least one."
    ),
    "classifier.fit(X, replaced(y, (slice(None), 2), nan))": (
        "ValueError: y has no label for task 'task_2'; each task needs at least one."
    ),
    "classifier.fit(X, replaced(y, (0, 1), inf))": (
        "ValueError: Input y contains infinity or a value too large for dtype('float64'). Found"
        " in task 'task_1'."
    ),
    "classifier.fit(X, y + 0j)": (
        "ValueError: y of task 'task_0' has labels of complex numbers; make them text, or take "
        "their real parts."
    ),
    'classifier.fit(X, y.astype("timedelta64"))': (
        "ValueError: y of task 'task_0' has labels of durations without a unit; give them one, as "
        "with astype('timedelta64[s]')."
    ),
    "classifier.fit(X, X[:, 0])": (
        "ValueError: Unknown label type: continuous. ... Found in y of task 'y'."
    ),
    "classifier.fit(X, np.column_stack([y[:, 0], X[:, 0]]))": (
        "ValueError: Unknown label type: continuous. ... Found in y of task 'task_1'."
    ),
    "classifier.fit(X, [1, 1.5] * 30)": (
        "ValueError: Unknown label type: continuous. ... Found in y of task 'y'."
    ),
    "classifier.fit(X, y + 1j)": (
        "ValueError: y of task 'task_0' has labels of complex numbers; make them text, or take "
        "their real parts."
    ),
    'classifier.fit(X, labels.assign(color=["red", 3] * 30))': (
        "ValueError: y of task 'color' mixes labels of the types int, str (numbers, text)."
    ),
    'classifier.fit(X, [True, "yes"] * 30)': (
        "ValueError: y of task 'y' mixes labels of the types bool, str (numbers, text)."
    ),
    'classifier.fit(X, [b"a", "a"] * 30)': (
        "ValueError: y of task 'y' mixes labels of the types bytes, str (bytes, text)."
    ),
    'classifier.fit(X, [b"a", b"b"] * 30)': (
        "ValueError: y of task 'y' has labels of bytes; decode them to text."
    ),
    'classifier.fit(X, [pd.Timestamp("2020"), 3] * 30)': (
        "ValueError: y of task 'y' mixes labels of the types Timestamp, int (dates, numbers)."
    ),
    'classifier.fit(X, [{"a": 1}] * 60)': (
        "ValueError: y must be an array, a list of rows or a frame; found a value of the "
        "type list. It holds dicts: pass pandas.DataFrame(y)."
    ),
    "classifier.fit(X, [object(), object()] * 30)": (
        "ValueError: y of task 'y' has labels of the types object, which NumPy holds as "
        "objects only; make them text, dates, or numbers of at most 64 bits."
    ),
    "classifier.fit(X, [2**70, 1] * 30)": (
        "ValueError: y of task 'y' has labels of the types int, which NumPy holds as "
        "objects only; make them text, dates, or numbers of at most 64 bits."
    ),
    "classifier.fit(X, pd.Series([(1,), (2,)] * 30))": (
        "ValueError: y of task 'y' has labels of the types tuple, which NumPy holds as "
        "objects only; make them text, dates, or numbers of at most 64 bits."
    ),
    "classifier.fit(X, pd.Series([(1,), (2, 3)] * 30))": (
        "ValueError: y of task 'y' has labels of the types tuple, which NumPy holds as "
        "objects only; make them text, dates, or numbers of at most 64 bits."
    ),
    'classifier.fit(X, [pd.Timestamp("2020"), pd.Timestamp("2020", tz="UTC")] * 30)': (
        "ValueError: y of task 'y' mixes labels of the types Timestamp (dates, dates with a"
        " time zone)."
    ),
    'classifier.fit(X, [pd.Period("2020", "D"), pd.Period("2020", "M")] * 30)': (
        "ValueError: y of task 'y' mixes labels of the types Period (periods of frequency "
        "D, periods of frequency M)."
    ),
    "classifier.fit(X, [True, 1, 0] * 20)": (
        "ValueError: y of task 'y' mixes labels of the types bool, int (numbers)."
    ),
    "classifier.fit(X, [2**63, -1] * 30)": (
        "ValueError: y of task 'y' has labels of the types int, which NumPy holds as "
        "objects only; make them text, dates, or numbers of at most 64 bits."
    ),
    "classifier.fit(X, [2**53 + 1, 0.5] * 30)": (
        "ValueError: y of task 'y' has labels of the types float, int, which NumPy holds as"
        " objects only; make them text, dates, or numbers of at most 64 bits."
    ),
    'classifier.fit(X, pl.Series(["1.5", "2"] * 30).cast(pl.Decimal(5, 1)))': (
        "ValueError: y of task 'y' has labels of the types Decimal, which NumPy holds as "
        "objects only; make them text, dates, or numbers of at most 64 bits."
    ),
    'classifier.fit(X, labels.set_axis([1, "1", "b"], axis=1))': (
        "ValueError: y must have a different name, as text, for each task; found [1, '1', 'b']."
    ),
    'classifier.fit(X, [labels["color"], labels["size"]])': (
        "ValueError: y must be an array, a list of rows or a frame; found a value of the "
        "type list. It has columns, not rows: join them, as with pandas.concat(y, axis=1)."
    ),
    "classifier.fit(X, set(range(60)))": (
        "ValueError: y must be an array, a list of rows or a frame; found a value of the "
        "type set. Pass a list, in the order of the rows."
    ),
    'classifier.fit(X, labels.set_axis(["a", "a", "b"], axis=1))': (
        "ValueError: y must have a different name, as text, for each task; found ['a', 'a', 'b']."
    ),
}

WEIGHTS = {
    "classifier.fit(X, y, sample_weight=-np.ones(60))": (
        "ValueError: sample_weight must be finite and not negative; found -1.0."
    ),
    "classifier.fit(X, y, sample_weight=np.full(60, nan))": (
        "ValueError: sample_weight must be finite and not negative; found nan."
    ),
    "classifier.fit(X, y, sample_weight=np.full(60, inf))": (
        "ValueError: sample_weight must be finite and not negative; found inf."
    ),
    "classifier.fit(X, y, sample_weight=np.full(60, 1e308))": (
        "ValueError: sample_weight must have a finite sum; found 1e+308 in it."
    ),
    "classifier.fit(X, y, sample_weight=np.zeros(60))": (
        "ValueError: sample_weight is zero for all rows; at least one weight must be > 0."
    ),
    "classifier.fit(X, y, sample_weight=0)": (
        "ValueError: sample_weight is zero for all rows; at least one weight must be > 0."
    ),
    "classifier.fit(X, y, sample_weight=np.repeat([[1, 0, 1]], 60, 0))": (
        "ValueError: y has no label for task 'task_1'; each task needs at least one."
    ),
    "classifier.fit(X, y, sample_weight=np.ones(50))": (
        "ValueError: sample_weight must have the shape (60,) or (60, 3); found (50,)."
    ),
    "classifier.fit(X, y, sample_weight=np.ones((60, 2)))": (
        "ValueError: sample_weight must have the shape (60,) or (60, 3); found (60, 2)."
    ),
    "classifier.fit(X, y, sample_weight=np.ones((60, 3, 1)))": (
        "ValueError: sample_weight must have the shape (60,) or (60, 3); found (60, 3, 1)."
    ),
    "classifier.fit(X, y, sample_weight=[[1, 2]] * 59 + [[1]])": (
        "ValueError: sample_weight must be an array of numbers: setting an array element with a"
        " sequence..."
    ),
    'classifier.fit(X, y, sample_weight="balanced")': (
        "ValueError: sample_weight must be an array of numbers; found <U8."
    ),
    'classifier.fit(X, y, sample_weight=["a"] * 60)': (
        "ValueError: sample_weight must be an array of numbers; found <U1."
    ),
    'classifier.fit(X, y, sample_weight={"a": 1})': (
        "ValueError: sample_weight must be an array, a list of rows or a frame; found a value of "
        "the type dict. It has columns, not rows: pass pandas.DataFrame(sample_weight)."
    ),
    "classifier.fit(X, y, sample_weight=np.ma.array(np.ones(60), mask=np.arange(60) % 2))": (
        "ValueError: sample_weight is a masked array, whose mask would be lost; use "
        "sample_weight.filled(0)."
    ),
    "classifier.fit(X, y, sample_weight=np.ones(60) * 1j)": (
        "ValueError: sample_weight must be an array of numbers; found complex128."
    ),
    'classifier.fit(X, y, sample_weight=[np.datetime64("2020")] * 60)': (
        "ValueError: sample_weight must be an array of numbers; found datetime64[Y]."
    ),
    "classifier.fit(X, y, sample_weight=[10**400] * 60)": (
        "ValueError: sample_weight must be an array of numbers: int too large to convert to float"
    ),
    "classifier.fit(X, y, sample_weight=scipy.sparse.csr_array(y))": (
        "ValueError: sample_weight must be an array of numbers: setting an array element with a"
        " sequence..."
    ),
}
