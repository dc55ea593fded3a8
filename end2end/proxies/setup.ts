// Before all tests: an AuthKit, and the app at APP_URL. After them, both stop.
import { APP } from "../tests/server.ts";
import { AuthKit, Deployment, proxyName } from "./deployment.ts";

export default async function setup() {
  const port = Number(new URL(APP).port);
  const authkit = new AuthKit(port + 6);
  try {
    await authkit.ready();
    const deployment = await Deployment.start({ proxy: proxyName(), port });
    // The tests run in other processes, which get this environment.
    process.env.PROXY_CA = deployment.ca;
    return async () => {
      await deployment.stop();
      await authkit.stop();
    };
  } catch (error) {
    await authkit.stop();
    throw error;
  }
}
