"""What a reviewer says again and again, ready to be tapped: a comment begins with it, and may go on in own words."""

# fmt: off
PHRASES: dict[str, tuple[tuple[str, str], ...]] = {
    # action: (Chinese, English)
    "accept": (
        ("整改到位，同意销号。", "Put right as asked; closed."),
        ("请保持，下次走访复看。", "Please keep it up; the next visit looks again."),
    ),
    "return": (
        ("整改后照片看不清，请重拍。", "The photo after is not clear; please take it again."),
        ("请从整改前的同一位置拍摄。", "Please take the photo from the same place as the one before."),
        ("照片未显示问题已整改。", "The photo does not show that it was put right."),
        ("未达到验收标准，请继续整改。", "The acceptance criterion is not met; please go on."),
        ("原因和长效措施不够具体。", "Cause and lasting measure are not specific enough."),
        ("缺少所要求的佐证，请补充。", "The evidence that was asked for is missing; please add it."),
    ),
    "uphold": (
        ("现场情况属实，维持原判定。", "What was seen stands; the finding is upheld."),
        ("所附佐证不足以推翻判定。", "The evidence does not suffice to overturn it."),
    ),
    "adjust": (
        ("情况部分属实，调整等级。", "Partly right; the severity is adjusted."),
    ),
    "overrule": (
        ("佐证充分，予以撤销。", "The evidence is convincing; the finding is withdrawn."),
    ),
    "answer": (
        ("市公司已安排，按新时限整改。", "The city company has arranged it; please rectify by the new date."),
        ("请先落实临时措施。", "Please carry out the interim measure first."),
    ),
    "grant": (
        ("同意延期，请按新时限完成。", "Granted; please finish by the new date."),
    ),
    "deny": (
        ("理由不充分，请按原时限完成。", "The reason does not suffice; please keep to the date."),
    ),
}
# fmt: on
