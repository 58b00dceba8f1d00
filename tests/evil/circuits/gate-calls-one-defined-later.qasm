OPENQASM 2.0;
include "qelib1.inc";
gate g a { h2 a; }
gate h2 a { x a; }
qreg q[1];
g q[0];
