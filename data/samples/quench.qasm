OPENQASM 3.0;
include "stdgates.inc";

// Four spins that begin up, then feel a transverse field: eight Trotter steps of 0.125.
const float step = 0.125;
const float field = 0.8;

gate bond(angle) a, b {
  cx a, b;
  rz(-2 * angle) b;
  cx a, b;
}

qubit[4] spin;
bit[4] seen;

for int k in [1:8] {
  bond(step) spin[0], spin[1];
  bond(step) spin[2], spin[3];
  bond(step) spin[1], spin[2];
  for int i in [0:3] {
    rx(-2 * step * field) spin[i];
  }
}
seen = measure spin;
