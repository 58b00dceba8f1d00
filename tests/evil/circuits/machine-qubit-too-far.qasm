OPENQASM 3.0;
include "stdgates.inc";
h $999999999999;
