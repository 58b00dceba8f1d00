OPENQASM 3.0;
include "stdgates.inc";
input float t;
qubit[1] q;
for int i in [0:t] { x q[0]; }
