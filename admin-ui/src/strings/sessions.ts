// SPDX-License-Identifier: Apache-2.0
// Words of the sessions of a consumer.

export const en = {
    'sessions.intro': 'Where this consumer is logged in. An end is in force from the next request on, on every node.',
    'sessions.none': 'No open sessions that have a row.',
    'sessions.cookies': 'Sessions with storage=cookie stand in their cookies alone and are not listed; ending all ends those, too.',
    'sessions.cookiesToo': 'Sessions that stand in cookies alone are among them.',
    'sessions.since': 'Logged in',
    'sessions.renewed': 'Last renewed',
    'sessions.never': 'not yet',
    'sessions.until': 'Ends at the latest',
    'sessions.state': 'State',
    'sessions.refused': 'refused',
    'sessions.end': 'End',
    'sessions.endOne': 'End the session of {time}',
    'sessions.endAll': 'End all',
    'sessions.ended': 'Ended.',
};

export const zhCN: Record<keyof typeof en, string> = {
    'sessions.intro': '该消费者的登录位置。终止操作从下一个请求起在所有节点上生效。',
    'sessions.none': '没有带数据行的已打开会话。',
    'sessions.cookies': 'storage=cookie 的会话只保存在 Cookie 中，无法在此列出；“全部终止”同样会终止它们。',
    'sessions.cookiesToo': '只保存在 Cookie 中的会话也包括在内。',
    'sessions.since': '登录时间',
    'sessions.renewed': '最近续期',
    'sessions.never': '尚未',
    'sessions.until': '最迟结束于',
    'sessions.state': '状态',
    'sessions.refused': '已拒绝',
    'sessions.end': '终止',
    'sessions.endOne': '终止 {time} 的会话',
    'sessions.endAll': '全部终止',
    'sessions.ended': '已终止。',
};
