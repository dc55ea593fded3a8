// A token signed by npm's jose with a key of its own, for tests/tokens/support.rs: reads
// {"algorithm", "kid", "claims"}, writes {"token", "jwks"}. The private key ends with the process.
import { SignJWT, exportJWK, generateKeyPair } from "jose";
import { text } from "node:stream/consumers";

const { algorithm: alg, kid, claims } = JSON.parse(await text(process.stdin));
const { publicKey, privateKey } = await generateKeyPair(alg);
const token = await new SignJWT(claims).setProtectedHeader({ alg, kid, typ: "JWT" }).sign(privateKey);
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid, alg, use: "sig" }] };
process.stdout.write(JSON.stringify({ token, jwks: JSON.stringify(jwks) }));
