"""The frozen gold set: comments labelled twice by hand, to measure engines with and never to build them on."""
