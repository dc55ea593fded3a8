// The machine that script/try-package or script/try-deploy has booted: MACHINE is what runs a command there.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs a command on the machine, as root. */
export async function onMachine(...command: string[]) {
  const [program, ...before] = (process.env.MACHINE ?? "").split(" ");
  if (!program) throw new Error("MACHINE is not set. Run script/try-package or script/try-deploy.");
  await promisify(execFile)(program, [...before, ...command]);
}

/** Runs a file of commands that the script has put there. */
export const run = (file: string) => onMachine("bash", `/root/${file}`);
