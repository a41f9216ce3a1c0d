// SPDX-License-Identifier: Apache-2.0
// Words of the search.

export const en = {
    'search.open': 'Search',
    'search.keys': 'Ctrl K',
    'search.title': 'Search',
    'search.label': 'Id, name, host, path, tag …',
    'search.none': 'Nothing was found.',
    'search.found': 'Found: {n}',
    'search.first': 'The first {n}; type more to narrow it down.',
    'search.matched': 'by {field}',
    'search.hint': '↑ ↓ to choose, Enter to open, Esc to close',
};

export const zhCN: Record<keyof typeof en, string> = {
    'search.open': '搜索',
    'search.keys': 'Ctrl K',
    'search.title': '搜索',
    'search.label': 'ID、名称、主机、路径、标签……',
    'search.none': '没有找到结果。',
    'search.found': '找到 {n} 项',
    'search.first': '仅显示前 {n} 项；请输入更多内容以缩小范围。',
    'search.matched': '匹配字段：{field}',
    'search.hint': '↑ ↓ 选择，Enter 打开，Esc 关闭',
};
