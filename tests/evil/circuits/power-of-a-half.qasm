OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q;
bit[3] c;
pow(1/2) @ x q[0];
