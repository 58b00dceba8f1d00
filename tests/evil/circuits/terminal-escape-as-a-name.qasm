OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q;
bit[3] c;
[2J[31mPWNED q[0];
