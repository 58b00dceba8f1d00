OPENQASM 3.0;
include "qelib1.inc";
qubit[1] q;
