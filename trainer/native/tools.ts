import { spawnSync } from 'node:child_process';

export interface Tool {
  readonly name: string;
  /** A command that succeeds where the tool is installed. */
  readonly probe: readonly [string, ...string[]];
  readonly debianPackage: string;
}

/** What compiling the addon takes; node-gyp is a Python program that comes with npm. */
export const BUILD_TOOLS: readonly Tool[] = [
  { name: 'g++', probe: ['g++', '--version'], debianPackage: 'g++' },
  { name: 'make', probe: ['make', '--version'], debianPackage: 'make' },
  { name: 'python3', probe: ['python3', '--version'], debianPackage: 'python3' },
];

/** What downloading TensorFlow takes on top. */
export const DOWNLOAD_TOOLS: readonly Tool[] = [
  { name: 'pip', probe: ['python3', '-m', 'pip', '--version'], debianPackage: 'python3-pip' },
];

/** Throws one Error that names every tool that is missing and how to install them. */
export function checkTools(tools: readonly Tool[], environment: NodeJS.ProcessEnv): void {
  const missing = tools.filter((tool) => !isInstalled(tool, environment));
  if (missing.length === 0) return;
  const names = missing.map((tool) => tool.name).join(', ');
  const packages = missing.map((tool) => tool.debianPackage).join(' ');
  throw new Error(
    `missing: ${names}. On Debian or Ubuntu, install with: apt-get install ${packages}`,
  );
}

function isInstalled(tool: Tool, environment: NodeJS.ProcessEnv): boolean {
  const [command, ...args] = tool.probe;
  return spawnSync(command, args, { env: environment, stdio: 'ignore' }).status === 0;
}
