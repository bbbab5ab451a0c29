"""An impact assessment's words in Japanese."""

from __future__ import annotations

from clients.review.assessment_phrases import AssessmentPhrases
from matcher.core.grants import BasisKind
from matcher.core.programme import Unit
from matcher.core.scheme import ColumnKind, Scheme

JAPANESE = AssessmentPhrases(
    title="影響評価: {title}",
    made_from="この文書は、{day}に実行される制度プログラム、根拠表及び実行計画から作成されたもので、"
    "手で書き加えた箇所はありません。システムの動作を示すものであり、法令が機関自身に求める評価に代わるものではありません。",
    not_named="担当部署及び連絡先はプログラムからは定まらないため、公表する機関が書き添えます。",
    incomplete="照会する項目の一部に根拠がありません。下に示す行が根拠表に加わるまで、照会は始まりません。",
    purpose="目的",
    programme="プログラム",
    version="版",
    affair="事務",
    procedure="手続",
    legal_basis="給付の根拠",
    validity="有効期間",
    unit="判定の単位",
    decided_on="基準日",
    none_stated="記載なし",
    until="{first}から{last}まで",
    open_end="{first}から",
    units={Unit.PERSON: "個人", Unit.HOUSEHOLD: "世帯({most}人まで)"},
    parties="関係する機関",
    party="機関",
    part="役割",
    requester_part="照会し、判定結果を知る唯一の機関",
    provider_part="自らの記録に基づき「{role}」として回答する",
    matcher="照合機関",
    matcher_part="中継と計算を行う。記録も判定結果も読めない",
    enclave="隔離実行環境",
    enclave_part="検証済みのプログラムの内部で判定し、判定結果だけを照会機関に渡す",
    items="各機関に照会する項目",
    item="項目",
    source="出典",
    absence="値がない場合",
    assumed="{value}とみなす",
    unknown="不明とし、結果に影響するときは「判定不能」とする",
    against="条件を満たさないものとして扱う: {reason}",
    harmless="不利に扱わない: {reason}",
    open_with_reason="不明とし、結果に影響するときは「判定不能」とする: {reason}",
    legal="各項目の根拠",
    row="根拠",
    row_validity="根拠の有効期間",
    basis="{kind}: {basis}",
    basis_procedure="{kind}: {basis}(手続: {procedure})",
    missing="根拠なし: この項目を定める行が根拠表にありません",
    not_applicable="根拠なし: この項目を定める行は、この事務・手続・日付には使えません",
    kinds={BasisKind.LAW: "法令", BasisKind.ORDINANCE: "条例"},
    rule="判定の規則",
    rule_source="次の文は、実際に評価される規則から作られています。",
    outcomes="給付の区分",
    outcome="区分",
    amount="金額",
    no_amount="支給なし",
    learns="各機関が知ること",
    safeguards="安全管理措置",
    encrypted="回答はすべて、機関を出る前に、一回の照会のためだけに作られた鍵で暗号化されます"
    "({scheme}方式、パラメータ {name}: 次数 {degree}、法 {bits} ビット、{against}に対し"
    "128ビット安全性)。",
    encrypted_by_modulus="回答はすべて、機関を出る前に、一回の照会のためだけに作られた鍵で暗号化されます"
    "(Paillier方式、パラメータ {name}: 法 {bits} ビット、古典計算機に対し128ビット安全性。"
    "量子計算機に対しては安全ではありません)。"
    "鍵には、乱数が結果を覆い隠すことの証明が付きます。",
    classical="古典計算機",
    quantum="古典計算機及び量子計算機",
    masked="結果は枠ごとに乱数を掛け、零の新しい暗号文で再乱数化し、雑音で覆います。{slots}枠の区画と"
    "出力ごとに、復号で見えるものと判定だけが見える場合との差は 2^-{hiding} 以下です。",
    masked_exactly="結果は、{slots}枠の区画の枠ごとに乱数を掛け、零の新しい暗号文で再乱数化します。"
    "復号で見えるのは判定だけです。",
    masked_in_part="結果は、{slots}枠の区画の枠ごとにランダムな複素数を掛け、再乱数化し、雑音で覆います。"
    "満たさない条件の数は一部しか隠れません。"
    "一つの値から、それが一つか二つかが統計距離 {advantage} % だけ分かります。"
    "照会機関のプログラムは、復号した値を判定に丸め、"
    "ほかは何も示しません。この方式は研究用であり、人についての判定に用いるものではありません。",
    few_results="一つの鍵で開く結果は{most}個までとし、その後は破棄します。",
    controls="{slots}枠の区画ごとに{controls}枠以上が、答えの分かっている検査用の枠です"
    "(うち{eligible}枠は対象者)。その位置は照会機関と回答機関だけが知っています。一つでも誤っていれば結果は破棄されます。",
    sealed_to_enclave="値はすべて、機関を出る前に、この照会の隔離実行環境に宛てて封印されます({seal})。",
    evidence="各機関は隔離実行環境の証拠を自らの方針に照らして評価し、それなしには何も封印しません。"
    "模擬の隔離実行環境の証拠は、それだけでは何も保護しません。",
    rosters="誰について照会するかは、機関ごとの名簿に記し、大きさを揃えて、その機関に宛てて封印します({seal})。"
    "照合機関は開けません。",
    signatures="照会書、プログラム、回答及び結果には作成者が署名し(Ed25519)、使用する者が検証します。"
    "全機関の証明書は一つの認証局が発行します。",
    own_checks="各機関は、自らの根拠表、自ら承認したプログラムの一覧及び自らの制限に従って回答するかどうかを決め、記録します。",
    connections="通信はすべて、双方の証明書を用いるTLSで行います。回答機関は外部に開いたポートを持ちません。",
    retention="保存期間",
    run_data="暗号文、封印された値及び名簿は、照会の終了時又は期限({hours}時間以内)に削除されます。",
    results="覆われた結果は、照会機関が取得してから{seconds}秒後、又は照会の期限に削除されます。",
    run_key="結果を開く鍵は、一回の照会の間だけ照会機関のメモリにあり、保存されません。",
    kept_by_matcher="照合機関に残るのは、署名された照会書、目録、要約値、件数及び時刻です。個人に関するものは残りません。",
    kept_by_providers="各機関には、どの照会に誰のために何人分回答し、又は辞退したかの記録が残ります。"
    "個人に関するものは残りません。",
    kept_by_requester="照会機関には判定結果が残ります。設定により、監督機関に約束値を開示するための記録も残ります。",
    technique="方式とパラメータ",
    scheme="方式",
    columns="機関が送るもの",
    parameters="パラメータ",
    programme_digest="プログラムの要約値(SHA-256)",
    plan_digest="実行計画の要約値(SHA-256)",
    schemes={
        Scheme.BGV: "準同型暗号(BGV)",
        Scheme.BFV: "準同型暗号(BFV)",
        Scheme.CKKS: "近似準同型暗号(CKKS、研究用)",
        Scheme.PAILLIER: "加法準同型暗号(Paillier)",
        Scheme.ENCLAVE: "隔離実行環境(エンクレーブ)",
        Scheme.CLEAR: "なし(試験用)",
    },
    column_kinds={
        ColumnKind.DECISION: "規則のうち自らの部分に対する回答",
        ColumnKind.ATTRIBUTE: "各属性の区分",
        ColumnKind.VALUE: "各属性の値",
    },
)
