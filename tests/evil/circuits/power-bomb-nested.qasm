OPENQASM 3.0;
include "stdgates.inc";
gate g a { pow(10000) @ x a; }
qubit[1] q;
pow(10000) @ g q[0];
