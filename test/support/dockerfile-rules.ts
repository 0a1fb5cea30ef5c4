import { DockerfileParser, type Instruction, type JSONInstruction } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';

/** What is wrong with a Dockerfile, by its form and by what an image of ours has to be: a sentence each. */
export function dockerfileProblems(text: string): string[] {
  const malformed = validate(text).map(({ message }) => (typeof message === 'string' ? message : message.value));
  if (malformed.length > 0) return malformed;
  const stages = stagesOf(DockerfileParser.parse(text).getInstructions());
  const last = stages.at(-1) ?? [];
  return [...imageProblems(stages), ...stages.flat().flatMap(instructionProblem), ...finalProblems(last)];
}

/** The instructions of each stage, its FROM first. */
function stagesOf(instructions: readonly Instruction[]): Instruction[][] {
  const stages: Instruction[][] = [];
  for (const instruction of instructions) {
    if (instruction.getKeyword() === 'FROM') stages.push([]);
    stages.at(-1)?.push(instruction);
  }
  return stages;
}

function imageProblems(stages: readonly Instruction[][]): string[] {
  const names = new Set<string>();
  return stages.flatMap(([from]) => {
    const [image = '', , name] = words(from!);
    const isStage = names.has(image);
    if (name !== undefined) names.add(name);
    return isStage || /^[\w./-]+:\d+\.\d+(\.\d+)?[\w.-]*$/.test(image) ? [] : [`${image} is no version of an image`];
  });
}

function instructionProblem(instruction: Instruction): string[] {
  const keyword = instruction.getKeyword();
  const text = instruction.getArgumentsContent() ?? '';
  if (keyword === 'ADD') return ['ADD fetches and unpacks: use COPY'];
  if (/^(ENV|ARG)$/.test(keyword) && /SECRET|PASSWORD|TOKEN|DATABASE_URL/.test(text))
    return [`${keyword} ${text} stays in the image`];
  if (keyword === 'RUN' && /\bsudo\b/.test(text)) return ['RUN is root already'];
  if (keyword === 'RUN' && /\bapt-get install\b/.test(text)) return aptProblems(text);
  if (/^(CMD|ENTRYPOINT)$/.test(keyword) && (instruction as JSONInstruction).getOpeningBracket() === null)
    return [`${keyword} starts a shell, which keeps signals from what it starts: use the form of a JSON array`];
  return [];
}

function aptProblems(text: string): string[] {
  return [
    ...(/--no-install-recommends/.test(text) ? [] : ['apt-get installs what is only recommended']),
    ...(/rm -rf? \/var\/lib\/apt\/lists/.test(text) ? [] : ['the lists of apt-get stay in the layer']),
  ];
}

/** What the image that is shipped has to say, and in which order. */
function finalProblems(stage: readonly Instruction[]): string[] {
  const keywords = stage.map((instruction) => instruction.getKeyword());
  const users = stage.filter((instruction) => instruction.getKeyword() === 'USER').map((user) => words(user)[0]);
  const copies = stage.filter((instruction) => instruction.getKeyword() === 'COPY');
  const missing = ['WORKDIR', 'USER', 'HEALTHCHECK', 'STOPSIGNAL', 'ENTRYPOINT'].filter((it) => !keywords.includes(it));
  return [
    ...missing.map((keyword) => `${keyword} is missing`),
    ...(users.every((user) => /^[1-9]\d*(:\d+)?$/.test(user ?? '')) ? [] : ['USER is root, or a name']),
    ...(copies.length > 0 && keywords.lastIndexOf('COPY') > keywords.indexOf('USER')
      ? ['what is copied after USER could be changed by it']
      : []),
    ...(copies.some((copy) => words(copy).includes('.')) ? ['COPY . ships whatever lies about'] : []),
  ];
}

function words(instruction: Instruction): string[] {
  return instruction
    .getArguments()
    .map((argument) => argument.getValue())
    .filter((word) => !word.startsWith('--'));
}
