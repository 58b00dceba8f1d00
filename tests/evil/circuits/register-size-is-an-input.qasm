OPENQASM 3.0;
include "stdgates.inc";
input float n;
qubit[n] q;
