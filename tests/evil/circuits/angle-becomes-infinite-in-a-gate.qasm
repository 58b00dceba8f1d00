OPENQASM 2.0;
include "qelib1.inc";
gate g(t) a { rx(t * 1e200) a; }
qreg q[1];
g(1e200) q[0];
