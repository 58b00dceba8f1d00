OPENQASM 3.0;
include "stdgates.inc";
qubit[27] q;
h q;
