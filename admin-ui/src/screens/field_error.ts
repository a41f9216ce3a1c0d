// SPDX-License-Identifier: Apache-2.0
// field_error.ts - the server's words about one field.
import { ApiError } from '../api.ts';
import { faultsOf } from './plan.ts';

/** Null: it says nothing of this field. */
export function fieldError(error: unknown, field: string): string | null {
    if (!(error instanceof ApiError)) return null;
    return faultsOf(error.fields[field]).join('; ') || null;
}
