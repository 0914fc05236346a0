// Exact assignment by shortest augmenting paths (the Hungarian method with potentials u, v), O(n^3).
// Rows and columns count from 1; column 0 holds the row that is being placed. Returns the column of each row, from 0.
const assign = (cost) => {
  const n = cost.length;
  const u = new Array(n + 1).fill(0);
  const v = new Array(n + 1).fill(0);
  const owner = new Array(n + 1).fill(0);
  for (let row = 1; row <= n; row++) {
    const nearest = new Array(n + 1).fill(Infinity);
    const back = new Array(n + 1).fill(0);
    const seen = new Array(n + 1).fill(false);
    let column = 0;
    owner[0] = row;
    do {
      seen[column] = true;
      let delta = Infinity;
      let next = 0;
      for (let j = 1; j <= n; j++) {
        if (seen[j]) continue;
        const reduced = cost[owner[column] - 1][j - 1] - u[owner[column]] - v[j];
        if (reduced < nearest[j]) [nearest[j], back[j]] = [reduced, column];
        if (nearest[j] < delta) [delta, next] = [nearest[j], j];
      }
      for (let j = 0; j <= n; j++)
        if (seen[j]) [u[owner[j]], v[j]] = [u[owner[j]] + delta, v[j] - delta];
        else nearest[j] -= delta;
      column = next;
    } while (owner[column]);
    while (column) {
      owner[column] = owner[back[column]];
      column = back[column];
    }
  }
  const partner = new Array(n);
  for (let j = 1; j <= n; j++) partner[owner[j] - 1] = j - 1;
  return partner;
};
