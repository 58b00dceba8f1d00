OPENQASM 3.0;
include "stdgates.inc";
gate g a { for int i in [0:3] { x a; } }
qubit[1] q;
