OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q;
bit[3] c;
rx((-1) ** 0.5) q[0];
