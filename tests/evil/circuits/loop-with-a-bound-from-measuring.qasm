OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q;
bit[3] c;
c = measure q;
for int i in [0:c] { x q[0]; }
