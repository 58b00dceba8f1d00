OPENQASM 3.0;
defcalgrammar "openpulse";
qubit[1] q;
