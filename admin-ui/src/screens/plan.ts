// SPDX-License-Identifier: Apache-2.0
// plan.ts - what /declarative/diff answers, as a list to read.

export interface Step {
    id: string;
    name: string | null;
    changes?: Record<string, { from?: unknown; to?: unknown }>;
}

type ByEntity = Record<string, Step[]>;

export interface Plan {
    create: ByEntity;
    update: ByEntity;
    delete: ByEntity;
    unchanged: Record<string, number>;
}

export type Kind = 'create' | 'update' | 'delete';
export const kinds: readonly Kind[] = ['create', 'update', 'delete'];

export interface Line extends Step {
    kind: Kind;
    entity: string;
}

export function linesOf(plan: Plan): Line[] {
    return kinds.flatMap((kind) =>
        Object.entries(plan[kind]).flatMap(([entity, steps]) => steps.map((step) => ({ ...step, kind, entity }))),
    );
}

export function countsOf(plan: Plan): Record<Kind | 'unchanged', number> {
    const of = (rows: ByEntity) => Object.values(rows).reduce((n, steps) => n + steps.length, 0);
    return {
        create: of(plan.create),
        update: of(plan.update),
        delete: of(plan.delete),
        unchanged: Object.values(plan.unchanged).reduce((n, some) => n + some, 0),
    };
}

/** Is there anything to be done, given whether rows that the text does not hold are deleted? */
export function isIdle(plan: Plan, prune: boolean): boolean {
    const counts = countsOf(plan);
    return counts.create + counts.update + (prune ? counts.delete : 0) === 0;
}

/** Mistakes of a declarative text, one for each place: "services[0].host: required field missing". */
export function faultsOf(fields: unknown, place = ''): string[] {
    if (typeof fields === 'string') return [place ? `${place}: ${fields}` : fields];
    if (Array.isArray(fields))
        return fields.flatMap((one, i) => faultsOf(one, place.endsWith('@entity') ? place.slice(0, -8) : `${place}[${i}]`));
    if (typeof fields !== 'object' || fields === null) return [];
    return Object.entries(fields).flatMap(([name, one]) => faultsOf(one, place ? `${place}.${name}` : name));
}
