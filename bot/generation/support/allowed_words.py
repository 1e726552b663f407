"""Words that a sentence may contain although its passages do not, since they claim nothing.

A word missing here costs at worst a correct sentence; a word too many can admit an invented one.
"""

from __future__ import annotations

from vectorstore.core.text_analysis import STOP_WORDS, stem, words

_ALLOWED_AR = """
قال قالت قالوا يقول تقول قوله
ذكر ذكرت يذكر تذكر ذكره مذكور أوضح أوضحت يوضح توضح أشار أشارت يشير تشير
أضاف أضافت يضيف أفاد أفادت يفيد تفيد صرح صرحت بين بينت لفت لفتت نقل نقلت ورد وردت يرد ترد جاء جاءت
أورد أوردت تابع تابعت وفق وفقا طبقا حسب بحسب نقلا استنادا إلى
مقال مقالة المقال المقالات مقالات مقطع المقطع المقاطع مقاطع خبر الخبر الأخبار نص النص مصدر المصدر
المصادر تقرير التقرير سؤال السؤال جواب الجواب معلومات المعلومات المتاحة
تم يتم تمت جرى جرت يجري قام قامت قاموا يقوم تقوم كانا كن أصبح أصبحت صار صارت يعد تعد يعتبر تعتبر
أمر الأمر شيء أشياء عبارة عن يتعلق تتعلق المتعلقة متعلق بشأن إطار سياق صدد خصوص
شخص أشخاص شخصا الشخص الأشخاص الناس عدد العدد بلغ بلغت يبلغ تبلغ وصل وصلت
حيث كما أي التالي التالية الآتي الآتية المذكور المذكورة نفسه نفسها ذاته ذاتها
وقت الوقت حين يوم اليوم عام العام سنة شهر ساعة تاريخ بتاريخ خلال أثناء مدة فترة
مدينة المدينة بلدة بلد دولة الدولة منطقة السيد السيدة
إذن وهكذا بالإضافة إضافة فضلا كذلك
"""
_ALLOWED_EN = """
said says say saying told tells stated states state added adds add noted notes note reported
reports report according mentioned mentions wrote explained explains
article articles passage passages news text source sources question answer information
was were been being had made make makes took take takes place became become happened occurred
people person persons individual individuals number total amount
also however while additionally furthermore moreover thus therefore both each
day year month hour time date period day's city town country region area mr mrs ms
related regarding concerning following named called known
"""
# Stop words that change the meaning of a sentence.
_NEVER_ALLOWED = """
قبل بعد منذ حتى ضد دون بدون فوق تحت كل جميع بعض غير سوى إلا فقط أكثر أقل قبيل بعيد نحو نصف معظم أول
آخر دائما أبدا
before after since until against without over under above below all every some only except most
least more less half first last always never
"""
_CAUSAL = """
بسبب نتيجة لأن لأنه لأنها لأنهم جراء إثر بفعل نظرا السبب سبب أسباب تسبب أدى أدت لذلك لهذا كي لكي
because due caused cause causes therefore result resulted led reason reasons
"""

# First person: an opinion of the model.
_OPINION = """
أعتقد أظن أرى برأيي رأيي أتصور أعتبر يمكنني أستطيع آسف عذرا يسعدني i i'm think believe my sorry
"""

OPINION = frozenset(words(_OPINION))
NEVER_ALLOWED = frozenset(words(_NEVER_ALLOWED))
CAUSAL = frozenset(words(_CAUSAL))
ALLOWED = (
    frozenset(words(_ALLOWED_AR)) | frozenset(words(_ALLOWED_EN)) | STOP_WORDS | CAUSAL
) - NEVER_ALLOWED
ALLOWED_STEMS = frozenset(stem(w) for w in words(_ALLOWED_AR) if len(w) > 3)
