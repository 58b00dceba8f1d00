OPENQASM 3.0;
include "stdgates.inc";
qubit[3] q;
bit[3] c;
array[int[32], 100000, 10000] a;
