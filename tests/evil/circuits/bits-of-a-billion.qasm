OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[1000000000] c;
