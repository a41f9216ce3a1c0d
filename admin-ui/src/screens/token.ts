// SPDX-License-Identifier: Apache-2.0
// token.ts - JSON Web Tokens signed here, with HS256. Browsers sign only on pages that came safely: by https, or from
// this very machine.

export const canSign = () => globalThis.crypto?.subtle !== undefined;

function base64url(bytes: Uint8Array): string {
    return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

export async function signToken(claims: Record<string, unknown>, secret: string): Promise<string> {
    const bytesOf = (text: string) => new TextEncoder().encode(text);
    const [head, body] = [{ alg: 'HS256', typ: 'JWT' }, claims].map((part) => base64url(bytesOf(JSON.stringify(part))));
    const key = await crypto.subtle.importKey('raw', bytesOf(secret), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
    const signature = await crypto.subtle.sign('HMAC', key, bytesOf(`${head}.${body}`));
    return `${head}.${body}.${base64url(new Uint8Array(signature))}`;
}
