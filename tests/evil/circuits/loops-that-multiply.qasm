OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q;
bit[3] c;
for int i in [1:100] { for int j in [1:100] { for int k in [1:100] { x q[0]; } } }
