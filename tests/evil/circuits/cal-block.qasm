OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q;
bit[3] c;
cal { port d0; frame f = newframe(d0, 5e9, 0.0); }
