/** The stack's template as tests look at it: synthesised without bundles, resources under their names in the stack. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { App } from 'aws-cdk-lib';
import {
  AudienceMirrorStack,
  type AudienceMirrorStackProps,
} from '../../cdk/audience-mirror-stack.ts';
import { functionNames } from '../../shared/contracts/wiring.ts';

export const project = fileURLToPath(new URL('../..', import.meta.url));

// biome-ignore lint/suspicious/noExplicitAny: CloudFormation is a tree of anything, and tests name what they expect.
type Tree = any;

export interface Resource {
  /** Its path below the stack, as `Storage/State`. */
  readonly name: string;
  readonly type: string;
  readonly properties: Tree;
  readonly deletionPolicy: string | undefined;
  readonly dependsOn: readonly string[];
  readonly assetPath: string | undefined;
}

export interface Synthesised {
  readonly app: App;
  readonly stack: AudienceMirrorStack;
  /** As CloudFormation gets it. */
  readonly template: unknown;
  readonly outputs: Readonly<Record<string, Tree>>;
  readonly resources: readonly Resource[];
  /** All resources of a type, by name. */
  all(type: string): Map<string, Resource>;
  /** The properties of the one resource of this type and name. */
  one(type: string, name: string): Tree;
}

const forTests = {
  'aws:cdk:bundling-stacks': [],
  'aws:cdk:enable-path-metadata': true,
};

/** @param name of the stack */
export function synthesise(props: AudienceMirrorStackProps = {}, name = 'mirror'): Synthesised {
  const folder = mkdtempSync(join(tmpdir(), 'mirror-stack-'));
  try {
    return synthesiseIn(folder, props, name);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function synthesiseIn(folder: string, props: AudienceMirrorStackProps, name: string): Synthesised {
  const { context } = JSON.parse(readFileSync(join(project, 'cdk.json'), 'utf8'));
  // CloudFormation's own schemas are slow to load, and every real synthesis is held against them.
  const app = new App({
    outdir: join(folder, 'out'),
    context: { ...context, ...forTests },
    builtinCloudFormationValidation: false,
  });
  const standIn = makeStandIn(join(folder, 'project'));
  const stack = new AudienceMirrorStack(app, name, { project: standIn, ...props });
  const template = app.synth().getStackByName(name).template;
  return { app, stack, template, ...read(template) };
}

/** A template's resources with every reference to one of them replaced by its name. */
export function read(template: Tree): Pick<Synthesised, 'outputs' | 'resources' | 'all' | 'one'> {
  const names = new Map(
    Object.entries<Tree>(template.Resources).map(([id, { Metadata }]) => [
      id,
      nameOf(Metadata['aws:cdk:path']),
    ]),
  );
  const named = (tree: Tree) => plain(tree, names);
  const resources = Object.entries<Tree>(template.Resources).map(([id, resource]): Resource => {
    const after: string[] = [resource.DependsOn ?? []].flat();
    return {
      name: names.get(id) ?? id,
      type: resource.Type,
      properties: named(resource.Properties),
      deletionPolicy: resource.DeletionPolicy,
      dependsOn: after.map((other) => names.get(other) ?? other),
      assetPath: resource.Metadata['aws:asset:path'],
    };
  });
  const all = (type: string) =>
    new Map(resources.filter((each) => each.type === type).map((each) => [each.name, each]));
  return {
    outputs: named(template.Outputs),
    resources,
    all,
    one: (type, name) => {
      const found = all(type).get(name);
      if (!found) throw new Error(`No ${type} ${name} in ${[...all(type).keys()].join(', ')}`);
      return found.properties;
    },
  };
}

/** A construct's path without the stack and without CloudFormation's own part. */
const nameOf = (path: string) =>
  path.replace(/^[^/]+\/(Default\/)?/, '').replace(/\/Resource$/, '');

/** References read as `<Storage/State>`; joined text as one text. */
function plain(tree: Tree, names: ReadonlyMap<string, string>): Tree {
  if (Array.isArray(tree)) return tree.map((each) => plain(each, names));
  if (typeof tree !== 'object' || tree === null) return tree;
  if ('Ref' in tree) return `<${names.get(tree.Ref) ?? tree.Ref}>`;
  if ('Fn::GetAtt' in tree) return `<${names.get(tree['Fn::GetAtt'][0])}>`;
  if ('Fn::Join' in tree) return plain(tree['Fn::Join'][1], names).join(tree['Fn::Join'][0]);
  return Object.fromEntries(Object.entries(tree).map(([key, each]) => [key, plain(each, names)]));
}

/** A project with empty handlers: without bundles nobody looks into them. */
export function makeStandIn(
  folder = join(mkdtempSync(join(tmpdir(), 'stand-in-')), 'project'),
): string {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package-lock.json'), '{}');
  mkdirSync(join(folder, 'console/dist'), { recursive: true });
  writeFileSync(join(folder, 'console/dist/index.html'), '');
  for (const name of functionNames) {
    mkdirSync(join(folder, 'functions', name), { recursive: true });
    writeFileSync(join(folder, 'functions', name, 'handler.ts'), '');
  }
  return folder;
}
