OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q;
bit[3] c;
if (1 == 1) x q[0];
