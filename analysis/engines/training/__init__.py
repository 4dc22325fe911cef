"""Makes models of labelled comments: texts in, the two files of a model out. Needs scikit-learn."""
