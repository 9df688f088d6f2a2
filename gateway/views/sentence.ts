/** The one sentence that says how the city stands. */
import type { Summary, ThresholdSummary } from '../model/resource.ts';
import type { Bilingual } from '../model/text.ts';

type Facts = Omit<Summary, 'sentence' | 'at'> & { readonly nameOf: (device: ThresholdSummary['device']) => Bilingual };

export function sentence(facts: Facts): Bilingual {
  const zh: string[] = [];
  const en: string[] = [];
  const say = (count: number, chinese: string, english: string): void => {
    if (count === 0) return;
    zh.push(chinese);
    en.push(english);
  };
  const { sitesIsolated, sitesDark, sitesOnBackup, sitesOnLastLink, sitesUnprotected, sitesUnknown, notTaken, thresholds, impaired } = facts;
  const dark = sitesDark.length === 0 ? { zh: '', en: '' } : { zh: `(其中${sitesDark.length}站疑断电)`, en: ` (${sitesDark.length} of them dark)` };
  say(sitesIsolated.length, `${sitesIsolated.length} 站失联${dark.zh}`, `${count(sitesIsolated.length, 'site')} isolated${dark.en}`);
  const last = sitesOnLastLink.length === 0 ? { zh: '', en: '' } : { zh: `(${sitesOnLastLink.length} 站再无备用)`, en: ` (${sitesOnLastLink.length} with no further backup)` };
  say(sitesOnBackup.length, `${sitesOnBackup.length} 站已切备用${last.zh}`, `${count(sitesOnBackup.length, 'site')} on backup${last.en}`);
  say(sitesUnprotected.length, `${sitesUnprotected.length} 站无备用`, `${count(sitesUnprotected.length, 'site')} unprotected`);
  say(sitesUnknown.length, `${sitesUnknown.length} 站状态不明`, `${count(sitesUnknown.length, 'site')} unknown`);
  say(notTaken, `${notTaken} 条无人接单`, `${count(notTaken, 'alert')} not taken`);
  const links = { zh: zh.length === 0 ? '各站通信正常,无未接告警' : zh.join('、'), en: en.length === 0 ? 'all sites are reached, nothing is waiting' : en.join(', ') };
  const levels = {
    zh: thresholds.map((each) => `${facts.nameOf(each.device).zh}超${each.level} ${each.over.toFixed(2)} ${each.unit === 'm' ? '米' : each.unit}`),
    en: thresholds.map((each) => `${facts.nameOf(each.device).en} ${each.over.toFixed(2)} ${each.unit} past ${each.level}`),
  };
  return {
    zh: [...impaired.map((each) => each.zh), links.zh, ...levels.zh].join(';'),
    en: [...impaired.map((each) => each.en), links.en, ...levels.en].join('; '),
  };
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
