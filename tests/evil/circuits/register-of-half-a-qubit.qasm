OPENQASM 3.0;
include "stdgates.inc";
qubit[5/2] q;
