// SPDX-License-Identifier: Apache-2.0
// Input.tsx - the control for a field, by nothing but its schema.
import { ForeignInput } from './ForeignInput.tsx';
import { CheckList, ListInput, MapInput, RecordInput } from './lists.tsx';
import { BooleanInput, ChoiceInput, MomentInput, NumberInput, TextInput } from './scalars.tsx';
import type { FieldSchema } from './schema.ts';
import type { InputProps } from './types.ts';

function control(schema: FieldSchema) {
    switch (schema.type) {
        case 'array':
        case 'set':
            return schema.elements?.one_of ? CheckList : ListInput;
        case 'map':
            return MapInput;
        case 'record':
            return RecordInput;
        case 'foreign':
            return ForeignInput;
        case 'boolean':
            return BooleanInput;
        case 'integer':
        case 'number':
            return schema.one_of ? ChoiceInput : schema.timestamp ? MomentInput : NumberInput;
        default:
            return schema.one_of ? ChoiceInput : TextInput;
    }
}

/** Controls of several parts are labelled as a group. */
export const isGroup = (schema: FieldSchema) => ['array', 'set', 'map', 'record'].includes(schema.type);

export function Input(props: InputProps) {
    const Control = control(props.schema);
    return <Control {...props} />;
}
