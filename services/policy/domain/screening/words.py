"""Words of company names that tell little apart, as data: legal forms, places, what a company does.

Places are names of countries, provinces and large cities. A sector's words mean the same in both languages, so that
半导体 and "Semiconductor" are compared as one thing. Latin words stand here folded, in the singular, without spaces.
"""

from collections.abc import Mapping

_LEGAL_HAN = """
股份有限责任公司 有限责任公司 股份有限公司 有限公司 责任公司 股份公司 总公司 分公司 子公司 公司
有限合伙企业 普通合伙企业 合伙企业 有限合伙 普通合伙 个人独资企业 个体工商户 股份 有限 厂
"""
_LEGAL_LATIN = """
ab ag as aps asa bhd bv bvba co company corp corporation cv eurl fzco fzc fze fzllc gmbh inc incorporated jointstock
jsc kft kg kk lda limited llc llp lp ltd ltda nv oao ooo oo oy oyj pao pc pjsc plc private pt pte pty pvt sa sab sagl
sarl sas sasu sdn se sl snc sp spa spol srl sro ug unlimited z zao zrt
"""
_VOID_LATIN = "the and of for de des du der und et illustrative"
LEGAL_HAN: tuple[str, ...] = tuple(_LEGAL_HAN.split())
"""Longest first where one ends another: they are taken from the end, again and again."""
LEGAL_LATIN: frozenset[str] = frozenset(_LEGAL_LATIN.split())
LEGAL_SOUNDS: tuple[str, ...] = (
    "gufenyouxianzerengongsi",
    "youxianzerengongsi",
    "gufenyouxiangongsi",
    "youxiangongsi",
    "gufengongsi",
    "gongsi",
    "gufen",
)
"""The common legal forms as they are spelt in pinyin, without spaces."""

VOID_LATIN: frozenset[str] = frozenset(_VOID_LATIN.split())
VOID_HAN: tuple[str, ...] = ("示例", "虚构")

_PLACES = """
中国 中华 全国 china cn prc chinese
北京 beijing peking
上海 shanghai
天津 tianjin
重庆 chongqing
香港 hongkong hk
澳门 macau macao
台湾 taiwan
河北 hebei
山西 shanxi
辽宁 liaoning
吉林 jilin
黑龙江 heilongjiang
江苏 jiangsu
浙江 zhejiang
安徽 anhui
福建 fujian
江西 jiangxi
山东 shandong
河南 henan
湖北 hubei
湖南 hunan
广东 guangdong
海南 hainan
四川 sichuan
贵州 guizhou
云南 yunnan
陕西 shaanxi
甘肃 gansu
青海 qinghai
内蒙古 innermongolia neimenggu
广西 guangxi
西藏 tibet xizang
宁夏 ningxia
新疆 xinjiang
深圳 shenzhen
广州 guangzhou
珠海 zhuhai
东莞 dongguan
佛山 foshan
杭州 hangzhou
宁波 ningbo
温州 wenzhou
南京 nanjing
苏州 suzhou
无锡 wuxi
常州 changzhou
合肥 hefei
福州 fuzhou
厦门 xiamen
南昌 nanchang
济南 jinan
青岛 qingdao
烟台 yantai
郑州 zhengzhou
武汉 wuhan
长沙 changsha
南宁 nanning
海口 haikou
成都 chengdu
贵阳 guiyang
昆明 kunming
西安 xian
兰州 lanzhou
沈阳 shenyang
大连 dalian
长春 changchun
哈尔滨 harbin haerbin
石家庄 shijiazhuang
太原 taiyuan
新加坡 singapore
日本 japan
韩国 korea southkorea
美国 usa us america unitedstates
英国 uk britain unitedkingdom
德国 germany deutschland
法国 france
亚洲 亚太 asia asiapacific apac
欧洲 europe
"""

_NEUTRAL = """
technology: 科技 技术 科学 高科 / technology tech technological science scientific hitech
group: 集团 控股 / group grp holding hldg
development: 发展 开发 / development dev
industry: 实业 工业 产业 企业 制造 / industry industrial ind enterprise manufacturing mfg manufacture
international: 国际 环球 全球 / international intl global worldwide
service: 服务 / service svc
management: 管理 咨询 / management mgmt consulting
system: 系统 解决方案 / system sys solution
product: 产品 制品 / product
branch: 分部 / branch office
"""

_SECTORS = """
semiconductor: 半导体 芯片 集成电路 微电子 晶圆 / semiconductor semicon semi chip microelectronic integratedcircuit ic
electronics: 电子 电器 / electronic elec electrical
information: 信息 信息技术 软件 网络 互联网 计算 计算机 云计算 算力 数据 大数据 数码 数字 / information software network
 internet computing computer compute cloud cloudcomputing data bigdata digital it
intelligence: 智能 人工智能 机器人 / intelligence intelligent ai artificialintelligence robotic robot
telecom: 通信 通讯 电信 / communication telecom telecommunication
optics: 光电 光学 / optic optical optoelectronic photonic
instruments: 仪器 仪表 精密 / instrument precision
machinery: 机械 设备 装备 / machinery machine equipment
trade: 贸易 商贸 进出口 / trading trade importexport import export
logistics: 物流 运输 货运 供应链 / logistic transport freight cargo supplychain
marine: 海运 航运 船舶 海洋 / marine shipping maritime ship
aerospace: 航天 航空 / aerospace aviation aero
food: 食品 餐饮 饮料 茶业 酒业 乳业 / food catering beverage tea dairy restaurant
medicine: 医药 制药 生物 医疗 药业 / pharmaceutical pharma biotech bio medical medicine health healthcare
textile: 纺织 服装 服饰 / textile garment apparel clothing
property: 地产 房地产 置业 物业 / property realestate realty
construction: 建筑 建设 工程 建材 / construction engineering eng building
energy: 能源 新能源 电力 石油 / energy power petroleum oil
chemistry: 化工 化学 材料 新材料 / chemical chem material
vehicles: 汽车 / automotive auto automobile motor
finance: 投资 资本 金融 银行 保险 基金 / investment invest capital finance financial bank insurance fund
farming: 农业 牧业 渔业 / agriculture agricultural farming fishery
travel: 旅游 酒店 / travel tourism hotel
media: 传媒 文化 影视 广告 / media culture film advertising
education: 教育 培训 / education training school
mining: 矿业 钢铁 冶金 / mining steel metallurgy
research: 研究院 研究所 实验室 / institute laboratory lab research
furniture: 家具 家居 / furniture
environment: 环保 环境 / environmental environment
toys: 玩具 / toy
printing: 印刷 / printing
"""


def _placed(table: str) -> Mapping[str, str]:
    """Every name of a place -> its first name."""
    return {name: line.split()[0] for line in table.strip().splitlines() for name in line.split()}


def _meanings(table: str) -> Mapping[str, str]:
    """Every word of both languages -> what it means."""
    found = {}
    for line in table.replace("\n ", " ").strip().splitlines():
        meaning, _, words = line.partition(":")
        found.update({word: meaning for word in words.split() if word != "/"})
    return found


PLACES: Mapping[str, str] = _placed(_PLACES)
NEUTRAL: Mapping[str, str] = _meanings(_NEUTRAL)
"""Words that say nothing of what a company does."""
SECTORS: Mapping[str, str] = _meanings(_SECTORS)
"""Words that say what a company does."""
COMMON: Mapping[str, str] = {**NEUTRAL, **SECTORS}
COMMON_CHARACTERS_MAX = max(map(len, COMMON))
PLACE_CHARACTERS_MAX = max(map(len, PLACES))
PLACE_ENDINGS = ("自治区", "特别行政区", "省", "市")
