package voluta.session;

import voluta.backend.Layout;
import voluta.backend.Slice;
import voluta.graph.Value;

/** A value in memory that stays: a parameter or a state that a session holds, or an output after a run. */
record Stored(Value value, Layout layout, Slice slice) {}
