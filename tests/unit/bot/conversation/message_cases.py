"""Messages of which none is in training/intents, by what they ask for."""

from __future__ import annotations

MESSAGES = {
    "fact": (
        "من رئيس اتحاد الكرة في بيرو؟",
        "كم خروفا نفق في السيول؟",
        "متى تسلم المصنع أول حافلة؟",
        "ليه رجعوا السفينة من الميناء؟",
        "وين انمسك الحرامي تبع المتحف؟",
        "شكد كلف نصب الشهيد؟",
        "شحال خلص النادي فالمدرب الجديد؟",
        "how many beds does the clinic have?",
        "who designed the library in Oran?",
        "leh el forn 2afal?",
    ),
    "yes_no": (
        "هل نقلت اليونسكو المخطوطات؟",
        "هل يوجد مترو في وهران؟",
        "هو المصنع اشتغل ولا لسه؟",
        "واش سدو السوق المركزي؟",
        "did the orchestra cancel the tour?",
        "is the old bridge open to lorries?",
    ),
    "list": (
        "ما هي الجامعات التي ألغت الرسوم؟",
        "اذكر أسماء السدود التي جفت",
        "مين هنن الممثلين يلي انسحبوا؟",
        "which museums lent paintings to the show?",
        "list the streets closed for the parade",
    ),
    "comparison": (
        "قارن بين راتب الطبيب وراتب المهندس",
        "ما الفرق بين الترامين القديم والجديد؟",
        "مين أسرع القطر ولا الأتوبيس؟",
        "compare the harvests of 2016 and 2017",
    ),
    "summary": (
        "لخص لي تقرير المياه الجوفية",
        "باختصار ما الذي جرى في مزاد الخيول؟",
        "عطني الزبدة في قضية المسرح",
        "summarise the report on school buses",
    ),
    "overview": (
        "ماذا حدث في ميناء نواذيبو؟",
        "ايه حكاية المنارة المهجورة؟",
        "شو قصة سرقة الجرس؟",
        "احكيلي عن صناعة الصابون",
        "what happened to the glass factory?",
        "tell me about the Oran tramway",
    ),
    "timeline": (
        "التسلسل الزمني لبناء الجسر المعلق",
        "رتب لي أحداث قضية المسرح من البداية",
        "a timeline of the tram project",
    ),
    "latest": (
        "ما آخر التطورات في أزمة الصيادين؟",
        "وش الجديد في مشروع التلفريك؟",
        "لحد هسه كم عائلة رجعت؟",
        "any update on the fishermen's strike?",
        "wen weslet 2adeyet el masra7?",
    ),
    "browse": (
        "أخبار المسرح",
        "أعطني أربعة أخبار عن الزراعة",
        "هات أخبار السكة الحديد",
        "headlines about farming",
    ),
    "collection": (
        "كم مقالا في مجموعتك؟",
        "ما المصادر التي تقرؤها؟",
        "how many articles are in your collection?",
    ),
    "article": (
        "في أي يوم نُشر المقال الذي عن الترام؟",
        "مين كاتب المقال ده؟",
        "give me the link to that article",
    ),
    "opinion": (
        "ما رأيك في إغلاق المسرح؟",
        "هل تعتقد أن الترام فاشل؟",
        "تنصحني أشتري مزرعة؟",
        "do you think the mayor is honest?",
    ),
    "command": (
        "زدني قليلا من ذلك رجاء",
        "المزيد لو سمحت",
        "اختصر الجواب شوي",
        "طيب وما مصدر ما قلته الآن؟",
        "أعد الجواب بالإنجليزية رجاء",
        "لا، قصدي المدير وليس المدرب",
        "show me more of these",
        "say it in Arabic",
    ),
    "smalltalk": (
        "السلام عليكم جميعا يا أهل الخير",
        "شكرا جزيلا لك",
        "صباح الورد يا راوي",
        "كيف حالك اليوم يا راوي",
        "من تكون أنت يا راوي؟",
        "good evening to you rawi",
        "thanks a lot for the help",
    ),
}
"""By the intents of questions, and commands and small talk as one each."""
