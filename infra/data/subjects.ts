/** What a department treats: for doctors' expertise and for the clinics of single diseases. */
export interface SubjectFacts {
  readonly treats: readonly string[];
  /** Diseases that the department runs a clinic of its own for (专病门诊). */
  readonly diseaseClinics: readonly string[];
}

const facts = (treats: string, diseaseClinics = ''): SubjectFacts => ({
  treats: treats.split('、'),
  diseaseClinics: diseaseClinics === '' ? [] : diseaseClinics.split('、'),
});

const OTHERWISE = facts('常见病、多发病、健康指导');

/** By clinical subject. */
const SUBJECTS: Readonly<Record<string, SubjectFacts>> = {
  '01': facts('成人疫苗接种、儿童计划免疫、慢性病筛查、健康体检解读、健康生活方式指导'),
  '02': facts(
    '常见病与多发病、高血压规范管理、糖尿病规范管理、老年人健康管理、慢性病长期用药、家庭医生签约服务',
    '高血压管理、糖尿病管理',
  ),
  '03': facts('发热待查、内科常见病、多病共存的综合调理、疑难病会诊'),
  '03.01': facts(
    '慢性阻塞性肺疾病、支气管哮喘、肺部感染、肺结节评估、间质性肺病、慢性咳嗽',
    '肺结节、慢阻肺',
  ),
  '03.02': facts('慢性胃炎、消化性溃疡、胃食管反流、炎症性肠病、脂肪肝、胃肠息肉', '幽门螺杆菌'),
  '03.03': facts('脑卒中、头痛与眩晕、帕金森病、癫痫、周围神经病、认知功能障碍', '卒中、头晕头痛'),
  '03.04': facts('高血压、冠心病、心力衰竭、心律失常、心脏瓣膜病、血脂异常', '高血压、房颤'),
  '03.05': facts('贫血、血小板减少、淋巴瘤、白血病、凝血异常'),
  '03.06': facts('慢性肾炎、慢性肾脏病、糖尿病肾病、血液透析、泌尿系感染', '慢性肾脏病'),
  '03.07': facts('糖尿病、甲状腺疾病、骨质疏松、肥胖症、痛风', '糖尿病、甲状腺'),
  '03.08': facts('类风湿关节炎、系统性红斑狼疮、强直性脊柱炎、痛风、干燥综合征', '痛风'),
  '03.10': facts('老年综合评估、老年高血压、老年多重用药管理、衰弱与营养不良、老年认知障碍'),
  '04.01': facts('胆囊结石、疝气、甲状腺结节、乳腺结节、胃肠道肿瘤、阑尾炎', '乳腺、甲状腺结节'),
  '04.02': facts('颅脑外伤、脑出血、脑肿瘤、三叉神经痛、脑积水'),
  '04.03': facts('骨折创伤、腰椎间盘突出、颈椎病、膝骨关节炎、运动损伤、骨质疏松性骨折', '骨质疏松、膝关节'),
  '04.04': facts('泌尿系结石、前列腺增生、泌尿系肿瘤、尿路感染、男性疾病', '前列腺'),
  '04.05': facts('肺结节手术、食管肿瘤、胸部外伤、气胸、纵隔肿瘤'),
  '04.06': facts('下肢静脉曲张、冠心病外科治疗、瓣膜病外科治疗、动脉硬化闭塞', '静脉曲张'),
  '05': facts('月经不调、子宫肌瘤、宫颈疾病、妇科炎症、更年期综合征', '宫颈疾病'),
  '06': facts('孕前检查、孕产期保健、妇女病普查、产后访视、避孕指导'),
  '07': facts('小儿呼吸道感染、小儿哮喘、小儿腹泻、儿童发热、生长发育评估、新生儿黄疸', '儿童哮喘'),
  '08': facts('小儿疝气、小儿阑尾炎、小儿外伤、包茎'),
  '09': facts('儿童体格检查、生长发育监测、婴幼儿喂养指导、儿童视力筛查'),
  '10': facts('白内障、青光眼、干眼症、眼底病变、糖尿病视网膜病变', '白内障'),
  '11': facts('中耳炎、过敏性鼻炎、鼻窦炎、听力下降、咽喉炎、声带息肉', '过敏性鼻炎'),
  '12': facts('龋齿充填、根管治疗、牙周病、牙列缺损修复、儿童龋病预防', '牙周病'),
  '13': facts('湿疹、荨麻疹、痤疮、银屑病、带状疱疹、真菌感染', '银屑病、痤疮'),
  '15': facts('抑郁障碍、焦虑障碍、睡眠障碍、双相情感障碍、精神分裂症、应激相关障碍'),
  '16': facts('病毒性肝炎、发热待查、肝硬化、肠道感染', '慢性肝炎'),
  '19': facts('肺癌、胃肠道肿瘤、乳腺癌、肿瘤综合治疗、癌痛管理'),
  '20': facts('急性胸痛、急性腹痛、中毒救治、多发伤、心肺复苏'),
  '21': facts('脑卒中康复、骨折术后康复、颈肩腰腿痛、心肺康复、言语与吞咽训练', '卒中康复'),
  '27': facts('颈肩痛、腰腿痛、带状疱疹后神经痛、关节痛、癌痛'),
  '50': facts('脾胃病、失眠、咳喘、眩晕、内伤发热、亚健康调理', '失眠、咳喘'),
  '52': facts('中西医结合内科病、慢性病调理、术后调养'),
};

/** By name, for departments that share one clinical subject and yet do different things. */
const DEPARTMENTS: Readonly<Record<string, SubjectFacts>> = {
  产科: facts('孕期保健、高危妊娠管理、妊娠期糖尿病、产后康复'),
  口腔颌面外科: facts('阻生牙拔除、颌面外伤、口腔黏膜病、颌面部肿物'),
  视光科: facts('近视防控、斜视与弱视、验光配镜、角膜塑形镜', '近视防控'),
  中医外科: facts('乳腺增生、疮疡、带状疱疹、慢性溃疡'),
  中医妇科: facts('月经不调、痛经、产后调理、更年期综合征'),
  中医儿科: facts('反复呼吸道感染、小儿厌食、小儿积滞、遗尿'),
  中医骨伤科: facts('骨折、颈椎病、腰椎间盘突出、膝骨关节炎、软组织损伤', '膝骨关节炎'),
  针灸科: facts('面瘫、中风后遗症、颈肩腰腿痛、头痛、失眠', '面瘫'),
  推拿科: facts('颈椎病、腰肌劳损、小儿推拿、关节扭伤', '颈肩腰腿痛'),
  针灸推拿科: facts('面瘫、颈椎病、腰肌劳损、中风后遗症', '颈肩腰腿痛'),
  肛肠科: facts('痔、肛瘘、肛裂、便秘'),
  中医脾胃病科: facts('慢性胃炎、功能性消化不良、腹泻、便秘', '脾胃病'),
  治未病科: facts('体质辨识、亚健康调理、冬病夏治、膏方调养'),
  老年精神科: facts('阿尔茨海默病、老年抑郁、老年睡眠障碍、谵妄', '记忆障碍'),
  儿童青少年心理科: facts('注意缺陷多动障碍、孤独症谱系障碍、抽动障碍、青少年情绪问题'),
  临床心理科: facts('焦虑障碍、抑郁障碍、强迫症、心理压力调适', '焦虑抑郁'),
  睡眠医学科: facts('失眠、睡眠呼吸暂停、昼夜节律障碍、日间嗜睡', '睡眠障碍'),
  成瘾医学科: facts('酒精依赖、药物依赖、戒烟、网络成瘾'),
};

/** What a department treats, by its name and otherwise by its clinical subject. */
export function subjectFacts(department: {
  readonly name: string;
  readonly subjectCode: string;
}): SubjectFacts {
  return DEPARTMENTS[department.name] ?? SUBJECTS[department.subjectCode] ?? OTHERWISE;
}
