package voluta.session;

import voluta.backend.Layout;
import voluta.backend.Slice;
import voluta.graph.Value;

/** A parameter or a state that a session holds. */
record Stored(Value value, Layout layout, Slice slice) {}
