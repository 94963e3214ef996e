"""One module per fixture of record-traces.py; each has a function record() that returns the fixture as a dict."""
