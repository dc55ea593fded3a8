// What npm's jose says of tokens, for tests/tokens/same_as_jose.rs: reads one case a line, writes one
// verdict a line, in the same order. Must not know anything of the verifier it is compared with.
import { createLocalJWKSet, jwtVerify } from "jose";
import { createInterface } from "node:readline";

const sets = new Map();

/** @param {{token: string, jwks: string, issuer: string, audience: string, algorithm: string, now: number}} at */
async function verdict({ token, jwks, issuer, audience, algorithm, now }) {
  if (!sets.has(jwks)) sets.set(jwks, createLocalJWKSet(JSON.parse(jwks)));
  try {
    await jwtVerify(token, sets.get(jwks), {
      algorithms: [algorithm],
      issuer,
      audience,
      clockTolerance: 10,
      currentDate: new Date(now * 1000),
      requiredClaims: ["exp", "sub"],
    });
    return { accepted: true };
  } catch (error) {
    // Anything without a code is a mistake in here, or in jose.
    return { accepted: false, code: error.code ?? String(error), claim: error.claim ?? null };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await verdict(JSON.parse(line)))}\n`);
}
